"""The pinned packages are those that pyproject.toml asks for, and tell nothing of where they came from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
ENTRIES = re.findall(r"^[a-zA-Z0-9].*?[^\\]$", LOCK, flags=re.MULTILINE | re.DOTALL)


def wanted():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"].values()
    return [*project["project"]["dependencies"], *(line for group in groups for line in group)]


def pinned():
    requirements = [Requirement(entry.split(" \\")[0]) for entry in ENTRIES]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in requirements}


@pytest.mark.parametrize("line", wanted())
def test_every_requirement_is_pinned_to_a_version_it_allows(line):
    requirement = Requirement(line)

    version = pinned().get(canonicalize_name(requirement.name))

    assert version, f"{requirement.name} is not pinned: run make lock"
    assert requirement.specifier.contains(version, prereleases=True), "run make lock"


def test_every_pin_has_hashes():
    assert len(ENTRIES) > 50
    assert [entry for entry in ENTRIES if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


def test_no_index_host_or_path_is_named():
    named = [line for line in LOCK.splitlines() if re.search(r"://|^-|\s-[a-z]|--(?!hash=)|@|/", line)]

    assert named == []
