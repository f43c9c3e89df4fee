from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode
from officefleet.modules import registry

if TYPE_CHECKING:
    from conftest import Cli


def test_every_module_is_listed_with_a_summary(cli: Cli) -> None:
    found = cli("doc")
    assert found.code == ExitCode.OK
    rows = dict(line.split(None, 1) for line in found.out.splitlines())
    assert set(rows) == set(registry.names())
    assert all(rows.values())


@pytest.mark.parametrize("name", sorted(registry.names()))
def test_every_argument_of_a_module_is_shown(cli: Cli, name: str) -> None:
    found = cli("doc", name)
    module = registry.get(name)
    assert found.code == ExitCode.OK
    assert module is not None
    shown = {line.split()[0] for line in found.out.split("Arguments:")[1].splitlines() if line.strip()}
    assert set(module.spec.args.model_json_schema().get("properties", {})) <= shown
    assert json.loads(cli("doc", name, "--json").out)["name"] == name


def test_names_as_ansible_has_them(cli: Cli) -> None:
    assert cli("doc", "ansible.builtin.copy").out == cli("doc", "copy").out
    found = cli("doc", "cpoy")
    assert found.code == ExitCode.USAGE
    assert "did you mean copy?" in found.err
