"""What a plan's changes lead to: on a simulated machine a second plan is empty, whatever was there before.

The simulators (tests/rigs/windows_modules) stand for the PowerShell halves; tests/modules/test_windows_powershell.py holds
those to the same names.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.modules import registry
from officefleet.modules.windows import command_line

sys.path.append(str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[1] / "rigs"))
import powershell
import windows_host

FOLDER = Path(registry.__file__).parent
ALWAYS = {"touch", "restarted"}  # states that change something each time


def plan_of(module: str) -> Any:
    for name in ("plan_windows", "plan"):
        if (FOLDER / module / f"{name}.py").exists():
            return importlib.import_module(f"officefleet.modules.{module}.{name}")
    return None


def typed(module: str, args: dict[str, Any]) -> dict[str, Any]:
    found = registry.get(module)
    assert found is not None
    return found.spec.args.model_validate(args).model_dump(mode="json")


def converge(module: str, args: dict[str, Any], machine: Any) -> list[dict[str, Any]]:
    """Apply what a task asks for and return the changes; a second plan must be empty."""
    plan, simulated, full = plan_of(module), windows_host.simulator(module), typed(module, args)
    assert simulated is not None
    before = simulated.read(full, machine)
    assert before == simulated.read(full, machine), "reading changes nothing"
    changes: list[dict[str, Any]] = plan.plan(before, full)
    if hasattr(plan, "result"):
        plan.result(before, full, changes)
    for change in changes:
        simulated.apply(change, machine)
    after = simulated.read(full, machine)
    assert plan.plan(after, full) == [], args
    return changes


def furnished() -> Any:
    """Return a machine on which every module's examples can be carried out."""
    machine = windows_host.WindowsMachine()
    for folder in (
        "D:\\Scans",
        "C:\\LGO",
        "C:\\Mes bases",
        "C:\\officine",
        "C:\\Temp\\vitale",
        "C:\\ProgramData\\officine",
    ):
        machine.files.mkdir(folder)
    for path, data in {
        "C:\\LGO\\lgo.ini": b"Poste=1\r\nDebug=1\r\n",
        "C:\\LGO\\a.ini": b"a",
        "C:\\Temp\\racine.cer": b"A" * 40,
        "C:\\Temp\\windows10.0-kb4015438-x64.msu": b"m",
    }.items():
        machine.files.write(path, data)
    machine.registry.create("HKLM\\SOFTWARE\\LGO")
    for name in ("SCardSvr", "RemoteRegistry", "galss"):
        machine.services[name.lower()] = {"name": name, "state": "running", "start_mode": "manual"}
    machine.users["stagiaire"] = {"name": "stagiaire", "sid": "S-1-5-21-1-1-1-1010"}
    machine.groups["S-1-5-32-555"] = {
        "name": "Bureau",
        "sid": "S-1-5-32-555",
        "members": ["S-1-5-21-1-1-1-1010"],
    }
    machine.extra["printer_drivers"] = ["EPSON TM-T88V Receipt5", "Brother PCL6"]
    machine.printer_ports["usb001"] = {"address": "", "number": 0}
    machine.extra["web"] = {"https://nas.officine.example/galss.msi": b"x"}
    machine.extra["installers"] = {
        "C:\\Temp\\galss.msi": {"product_id": "{0240359E-6A4C-4884-9E94-B397A02D893C}"},
        "\\\\nas\\logiciels\\7z.exe": {"product_id": "7-Zip", "rc": 3010},
    }
    machine.edition = "ServerStandard"
    machine.features["Telnet-Client"] = {"installed": False}
    machine.features["FS-SMB1"] = {"installed": True}
    machine.updates.append(
        {"id": "a", "title": "t", "kb": ["1"], "downloaded": False, "hidden": False, "optional": False,
         "categories": [{"id": "0FA1201D-4330-4FA8-8AE9-B877473B6441", "name": "x"}]}
    )  # fmt: skip
    return machine


def stateful() -> list[str]:
    return [
        one for one in powershell.MODULES if "Read-State" in powershell.functions(powershell.file_of(one))
    ]


EXAMPLES = [
    (module, number, example)
    for module in stateful()
    for number, example in enumerate(registry.example_args(registry.get(module)))  # type: ignore[arg-type]
    if example.get("state") not in ALWAYS
    and module not in ("setup", "win_copy", "win_driver", "win_get_url", "win_certificate_store")
]


@pytest.mark.parametrize(("module", "args"), [(one, args) for one, _n, args in EXAMPLES],
                         ids=[f"{one}-{n}" for one, n, _args in EXAMPLES])  # fmt: skip
def test_a_second_plan_of_an_example_is_empty(module: str, args: dict[str, Any]) -> None:
    converge(module, args, furnished())


@pytest.mark.parametrize("module", powershell.MODULES)
def test_every_module_can_be_simulated_under_the_same_names(module: str) -> None:
    simulated = windows_host.simulator(module)
    assert simulated is not None
    if module not in stateful():
        assert hasattr(simulated, "run")
        return
    file = powershell.file_of(module)
    assert hasattr(simulated, "apply") == ("Invoke-Change" in powershell.functions(file))
    found = registry.get(module)
    assert found is not None
    for example in registry.example_args(found):
        state = simulated.read({**typed(module, example), "_sha1": "x"}, furnished())
        assert set(state) <= powershell.keys(powershell.parse(file))


names = st.text("aZé 1-", min_size=1, max_size=6).map(str.strip).filter(bool)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
entries = st.one_of(
    st.tuples(st.just("string"), texts),
    st.tuples(st.just("expandstring"), texts),
    st.tuples(st.just("dword"), st.integers(-(2**31), 2**32 - 1) | st.integers(0, 2**32 - 1).map(hex)),
    st.tuples(st.just("qword"), st.integers(-(2**63), 2**64 - 1)),
    st.tuples(st.just("multistring"), st.lists(texts, max_size=3)),
    st.tuples(st.just("binary"), st.lists(st.integers(0, 255), max_size=5)),
    st.tuples(st.just("binary"), st.binary(min_size=1, max_size=4).map(lambda data: "hex:" + data.hex(","))),
)
keys = st.sampled_from(
    ["HKLM:\\SOFTWARE\\A", "hklm:\\software\\a", "HKLM:\\SOFTWARE\\A\\B", "HKCU:\\Software\\C"]
)
registry_tasks = st.builds(
    lambda path, name, entry, state, delete: {
        "path": path, "name": name, "type": entry[0], "data": entry[1], "state": state, "delete_key": delete,
    },
    keys, st.none() | st.sampled_from(["", "x", "X", "y"]), entries, st.sampled_from(["present", "absent"]), st.booleans(),
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(registry_tasks, min_size=1, max_size=6))
def test_the_registry_ends_as_the_last_task_says(tasks: list[dict[str, Any]]) -> None:
    machine = windows_host.WindowsMachine()
    for task in tasks:
        changes = converge("win_regedit", task, machine)
        assert all(one["before"] != one["after"] for one in changes)
    last = tasks[-1]
    held = machine.registry.value(last["path"].replace(":\\", "\\", 1), last["name"] or "")
    if last["state"] == "absent":
        assert held is None
    else:
        assert held is not None
        assert held[0] == last["type"]


services = st.fixed_dictionaries(
    {"name": st.sampled_from(["Spooler", "spooler", "galss"])},
    optional={
        "start_mode": st.sampled_from(["auto", "delayed", "manual"]),
        "state": st.sampled_from(["started", "stopped", "absent"]),
        "path": st.sampled_from(["C:\\a.exe", '"C:\\b c\\d.exe" -k']),
        "description": texts,
        "display_name": names,
        "username": st.sampled_from(["SYSTEM", "LocalSystem", "NT AUTHORITY\\LocalService", ".\\comptoir"]),
        "dependencies": st.lists(st.sampled_from(["RpcSs", "rpcss", "Tcpip"]), max_size=3),
        "dependency_action": st.sampled_from(["add", "remove", "set"]),
        "error_control": st.sampled_from(["ignore", "severe"]),
        "failure_actions": st.lists(
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["none", "restart", "reboot", "run_command"]),
                    "delay_ms": st.integers(0, 2**32 - 1),
                }
            ),
            max_size=3,
        ),
        "failure_command": texts,
        "required_privileges": st.lists(
            st.sampled_from(["SeBackupPrivilege", "SeDebugPrivilege"]), max_size=2, unique=True
        ),
    },
)


@settings(deadline=None, max_examples=150)
@given(st.lists(services, min_size=1, max_size=5))
def test_a_service_ends_as_the_last_task_says(tasks: list[dict[str, Any]]) -> None:
    machine = windows_host.WindowsMachine()
    machine.services["spooler"] = {
        "name": "Spooler",
        "state": "running",
        "start_mode": "auto",
        "can_pause_and_continue": True,
    }
    for task in tasks:
        plain = task
        if task["name"].lower() not in machine.services and task.get("state") != "absent":
            plain = {"path": "C:\\new.exe", **task}  # a new service needs a program
        converge("win_service", plain, machine)
        found = machine.services.get(task["name"].lower())
        assert (found is None) == (task.get("state") == "absent")
        if found and "start_mode" in task:
            assert found["start_mode"] == task["start_mode"]


packages = st.builds(
    lambda product, kind, state, line, code: (
        {"path": f"C:\\Temp\\{product}.{kind}", "product_id": product, "state": state, "arguments": line}, code
    ),
    st.sampled_from(["LGO", "7-Zip", "Pilote Vitale"]), st.sampled_from(["msi", "exe"]),
    st.sampled_from(["present", "absent"]), st.none() | texts | st.lists(texts, max_size=3),
    st.sampled_from([0, 3010]),
)  # fmt: skip


@settings(deadline=None, max_examples=100)
@given(st.lists(packages, min_size=1, max_size=5))
def test_a_package_ends_as_the_last_task_says(tasks: list[tuple[dict[str, Any], int]]) -> None:
    machine = windows_host.WindowsMachine()
    for args, code in tasks:
        machine.extra.setdefault("installers", {})[args["path"]] = {
            "product_id": args["product_id"],
            "rc": code,
        }
        converge("win_package", args, machine)
        key = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\" + args["product_id"]
        assert (machine.registry.get(key) is not None) == (args["state"] == "present")


elements = st.lists(
    st.sampled_from(["C:\\A", "c:\\a\\", "%SystemRoot%", "D:\\b c", "D:/B C"]), min_size=1, max_size=4
)


@settings(deadline=None)
@given(st.lists(st.tuples(elements, st.sampled_from(["present", "absent"])), min_size=1, max_size=4))
def test_a_path_holds_each_folder_once(tasks: list[tuple[list[str], str]]) -> None:
    machine = windows_host.WindowsMachine()
    for folders, state in tasks:
        converge("win_path", {"elements": folders, "state": state, "name": "P"}, machine)


lines = st.lists(st.sampled_from(["a", "a=1", "b", "#c", ""]), max_size=5)


@settings(deadline=None)
@given(lines, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["a=2", "b", "d"]), st.sampled_from([None, "^d", "2$"]),
       st.sampled_from(["present", "absent"]))  # fmt: skip
def test_a_line_is_there_or_not(found: list[str], end: str, line: str, regex: str | None, state: str) -> None:
    machine = windows_host.WindowsMachine()
    machine.files.write("C:\\Temp\\f", "".join(one + end for one in found).encode())
    if regex == "^d" and line != "d" and state == "present":
        regex = (
            None  # what replaces a match must match itself, or the next run adds it again: as Ansible's does
        )
    converge("win_lineinfile", {"path": "C:\\Temp\\f", "line": line, "regex": regex, "state": state}, machine)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["a b", 'say "x"', "c\\", "d e\\\\", "", "\\\\nas\\f"]), min_size=1, max_size=4)
)
def test_words_come_back_from_a_command_line(parts: list[str]) -> None:
    """The rules of the C runtime's parser, written down a second time."""
    assert split(command_line(parts)) == parts


def split(line: str) -> list[str]:
    found: list[str] = []
    word, quoted, slashes, started = "", False, 0, False
    for letter in line:
        if letter == "\\":
            slashes, started = slashes + 1, True
            continue
        if letter == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                quoted = not quoted
            started = True
        elif letter == " " and not quoted:
            word += "\\" * slashes
            if started:
                found.append(word)
            word, started = "", False
        else:
            word += "\\" * slashes + letter
            started = True
        slashes = 0
    word += "\\" * slashes
    return [*found, word] if started else found
