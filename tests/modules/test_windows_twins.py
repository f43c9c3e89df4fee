"""What modules without ``win_`` do on Windows: as their Windows twin, or a clear refusal; and the facts of setup."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from officefleet.agents.windows_names import REFUSED, renamed
from officefleet.errors import ArgumentError
from officefleet.modules import registry
from officefleet.modules.setup import plan_windows

sys.path.append(str(Path(__file__).parents[1] / "rigs"))
import windows_host


def twin(module: str, **args: Any) -> tuple[str, dict[str, Any]]:
    found = registry.get(module)
    assert found is not None
    name, wanted = renamed(module, found.spec.args.model_validate(args).model_dump(mode="json"))
    return name, dict(wanted)


def test_a_service_that_is_enabled_starts_with_the_machine() -> None:
    name, args = twin("service", name="Spooler", state="started", enabled=True)
    assert (name, args["state"], args["start_mode"]) == ("win_service", "started", "auto")
    _name, args = twin("service", name="Spooler", enabled=False)
    assert args["start_mode"] == "disabled"


def test_a_user_has_groups_and_a_name() -> None:
    name, args = twin("user", name="comptoir", groups=["Users"], append=True, comment="Comptoir")
    assert (name, args["groups_action"], args["fullname"]) == ("win_user", "add", "Comptoir")
    _name, args = twin("user", name="comptoir", groups=["Users"])
    assert args["groups_action"] == "replace"


def test_a_shell_is_windows_own() -> None:
    name, args = twin("shell", cmd="dir")
    assert (name, args["executable"]) == ("win_shell", None)


@pytest.mark.parametrize(
    ("module", "args", "reason"),
    [
        ("file", {"path": "C:\\a", "state": "directory", "mode": "0755"}, "no mode"),
        ("file", {"path": "C:\\a", "state": "link", "src": "C:\\b"}, "no src"),
        ("service", {"name": "Spooler", "state": "reloaded"}, "cannot do this"),
        ("service", {"name": "Spooler", "state": "started", "sleep": 3}, "no sleep"),
        ("user", {"name": "comptoir", "password": "$6$x"}, "no password hash"),
        ("user", {"name": "comptoir", "shell": "/bin/sh"}, "no shell"),
        ("group", {"name": "x", "gid": 850}, "no gid"),
        ("shell", {"cmd": "dir", "strip_empty_ends": False}, "no strip_empty_ends"),
    ],
)
def test_what_windows_cannot_do_is_refused(module: str, args: dict[str, Any], reason: str) -> None:
    name, found = twin(module, **args)
    assert name == module
    assert reason in found[REFUSED]


def test_content_travels_with_a_copy() -> None:
    found = registry.get("copy")
    assert found is not None
    args = found.spec.args.model_validate({"content": "a", "dest": "C:\\a"}).model_dump(
        mode="json", exclude={"content"}
    )
    name, wanted = renamed("copy", {**args, "_blob": "b", "_sha1": "s"})
    assert (name, wanted["_blob"], wanted["_sha1"]) == ("win_copy", "b", "s")


@pytest.mark.parametrize(
    "module", ["ping", "stat", "file", "copy", "group", "user", "service", "command", "shell", "hostname"]
)
def test_these_have_a_windows_half(module: str) -> None:
    found = registry.get(module)
    assert found is not None
    needed: dict[str, Any] = {"hostname": {"name": "POSTE-1"}, "copy": {"content": "a", "dest": "C:\\a"}, "ping": {},
        "service": {"name": "a", "state": "started"}}  # fmt: skip
    example = needed.get(module) or next(iter(registry.example_args(found)), {})
    plain = {
        name: value
        for name, value in example.items()
        if name in ("name", "path", "cmd", "state", "content", "dest")
    }
    name, wanted = twin(module, **(plain if needed.get(module) is None else needed[module]))
    assert name == f"win_{module}", wanted


def windows_controller(**more: Any) -> Any:
    return SimpleNamespace(windows=True, check=False, variables={}, **more)


def test_a_package_is_a_product() -> None:
    found = registry.get("package")
    assert found is not None
    args = found.spec.args.model_validate(
        {"name": "7-Zip", "state": "installed", "path": "C:\\7z.exe", "arguments": "/S"}
    )
    step = found.controller.prepare(args, windows_controller())
    assert step.module == "win_package"
    assert (step.args["product_id"], step.args["path"], step.args["state"]) == (
        "7-Zip",
        "C:\\7z.exe",
        "present",
    )
    with pytest.raises(ArgumentError, match="one name"):
        found.controller.prepare(found.spec.args.model_validate({"name": ["a", "b"]}), windows_controller())
    with pytest.raises(ArgumentError, match="needs a path"):
        found.controller.prepare(found.spec.args.model_validate({"name": "a"}), windows_controller())


def test_a_restart_goes_windows_way() -> None:
    found = registry.get("reboot")
    assert found is not None
    asked: list[tuple[str, str]] = []

    def answer(module: str, args: dict[str, Any], **_options: float) -> dict[str, Any]:
        asked.append((module, args["cmd"]))
        return {"stdout": str(len(asked))}

    host = windows_controller(
        run_on_host=answer, reset_connection=lambda: None, wait_until_reachable=lambda _timeout: None
    )
    result = found.controller.act(found.spec.args.model_validate({"msg": "a b", "pre_reboot_delay": 5}), host)
    assert result["rebooted"] is True
    assert ("win_command", 'shutdown.exe /r /t 5 /c "a b"') in asked
    with pytest.raises(ArgumentError, match="search_paths"):
        found.controller.act(found.spec.args.model_validate({"search_paths": ["/bin"]}), host)


def test_a_restart_that_is_under_way_is_waited_for() -> None:
    found = registry.get("win_reboot")
    assert found is not None
    seen: list[str] = []

    def answer(module: str, _args: dict[str, Any], **_options: float) -> dict[str, Any]:
        seen.append(module)
        if module == "win_command":
            return {"failed": True, "rc": 1190, "stderr": "already"}
        return {"stdout": str(len(seen))}

    host = windows_controller(
        run_on_host=answer, reset_connection=lambda: None, wait_until_reachable=lambda _timeout: None
    )
    assert found.controller.act(found.spec.args.model_validate({}), host)["rebooted"] is True


def test_a_host_that_refuses_to_restart_fails() -> None:
    found = registry.get("win_reboot")
    assert found is not None
    host = windows_controller(
        run_on_host=lambda module, _args, **_options: (
            {"failed": True, "rc": 5, "stderr": "denied"} if module == "win_command" else {"stdout": "1"}
        )
    )
    result = found.controller.act(found.spec.args.model_validate({}), host)
    assert (result["failed"], result["rebooted"], result["rc"]) == (True, False, 5)


def facts(machine: Any, **args: Any) -> dict[str, Any]:
    found = registry.get("setup")
    assert found is not None
    full = found.spec.args.model_validate(args).model_dump(mode="json")
    simulated = windows_host.simulator("setup")
    assert simulated is not None
    state = simulated.read(full, machine)
    assert plan_windows.plan(state, full) == []
    shown: dict[str, Any] = plan_windows.result(state, full, [])["ansible_facts"]
    return shown


def test_facts_have_ansibles_names() -> None:
    machine = windows_host.WindowsMachine()
    found = facts(machine)
    assert found["os_family"] == "Windows"
    assert found["distribution_version"] == "10.0.19045.4046"
    assert found["distribution_major_version"] == "10"
    assert (found["memtotal_mb"], found["swaptotal_mb"], found["pagefiletotal_mb"]) == (8192, 2048, 2048)
    assert (found["processor_cores"], found["processor_vcpus"], found["processor_threads_per_core"]) == (
        4,
        8,
        2,
    )
    assert found["os_product_type"] == "workstation"
    assert found["windows_domain_role"] == "Stand-alone workstation"
    assert found["domain"] == ""
    assert found["fqdn"] == "POSTE-01"


def test_facts_that_are_not_asked_for_are_left_out() -> None:
    machine = windows_host.WindowsMachine()
    assert "memtotal_mb" not in facts(machine, gather_subset=["!all"])
    assert "interfaces" in facts(machine, gather_subset=["!hardware"])
    assert "processor" not in facts(machine, gather_subset=["!hardware"])
    some = facts(machine, gather_subset=["network"])
    assert "interfaces" in some
    assert "processor" not in some
    assert "hostname" in some
    assert set(facts(machine, filter=["ansible_mem*", "hostname"])) == {
        "memtotal_mb",
        "memfree_mb",
        "hostname",
    }
    with pytest.raises(Exception, match="Bad subset"):
        facts(machine, gather_subset=["everything"])


@pytest.mark.parametrize(("vendor", "model", "kind"), [("QEMU", "Standard PC", "kvm"), ("VMware, Inc.", "VMware7,1", "VMware"),
                         ("Microsoft Corporation", "Virtual Machine", "Hyper-V"), ("Dell Inc.", "OptiPlex", "NA")])  # fmt: skip
def test_a_virtual_machine_knows_what_it_is(vendor: str, model: str, kind: str) -> None:
    state = {"computer": {"vendor": vendor, "model": model}}
    assert plan_windows._virtual(state)["virtualization_type"] == kind
