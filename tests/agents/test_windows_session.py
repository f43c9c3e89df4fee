"""Batches on a simulated Windows machine: two round trips, right whatever changes or breaks meanwhile."""

from __future__ import annotations

import hashlib
import importlib
import random
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.agents import windows_code
from officefleet.agents.windows_link import LanguageModeError
from officefleet.agents.windows_session import WindowsSession
from officefleet.errors import AgentError, OfficefleetError, UnreachableError
from officefleet.modules import registry
from officefleet.transports.base import Endpoint, connect
from officefleet.transports.winrm_options import WinrmOptions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from officefleet.transports.base import Transport

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
KEY = "HKLM:\\SOFTWARE\\Officine"


def open_session(
    rig: Any, content: dict[str, Any] | None = None, **options: Any
) -> tuple[WindowsSession, Transport]:
    settings = WinrmOptions(scheme="http", **{"operation_timeout": 3, "read_timeout": 6, **options})
    transport = connect(
        Endpoint(
            "poste",
            "winrm",
            "127.0.0.1",
            rig.port,
            "admin",
            "s3cret-\xe9t\xe9",
            powershell=True,
            winrm=settings,
        )
    )
    return WindowsSession(transport, (content or {}).__getitem__), transport


@pytest.fixture
def session(windows_rig: Callable[..., Any]) -> Iterator[tuple[Any, WindowsSession]]:
    rig = windows_rig()
    found, transport = open_session(rig)
    yield rig, found
    found.close()
    transport.close()


def value(name: str, data: str = "1", **step: Any) -> dict[str, Any]:
    args = {
        "path": KEY,
        "name": name,
        "data": data,
        "type": "string",
        "state": "present",
        "delete_key": True,
        "hive": None,
    }
    return {"m": "win_regedit", "a": args, **step}


def numbered(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"g": number, **step} for number, step in enumerate(steps)]


def data_of(rig: Any, name: str) -> Any:
    found = rig.machine.registry.value("HKLM\\SOFTWARE\\Officine", name)
    return found and found[1]


def test_two_round_trips_for_fifty_changes(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    rig.machine.registry.create("HKLM\\SOFTWARE\\Officine")
    list(agent.run(numbered([{"m": "win_ping", "a": {"data": "pong"}}])))
    before = len(rig.journal)
    found = dict(agent.run(numbered([value(f"v{n}") for n in range(50)])))
    assert [found[n]["changed"] for n in range(50)] == [True] * 50
    assert (
        rig.actions()[before:].count("Send") == 2
    )  # a Receive more or less: a busy machine sends results in parts
    before = len(rig.journal)
    again = dict(agent.run(numbered([value(f"v{n}") for n in range(50)])))
    assert not any(one["changed"] for one in again.values())
    assert rig.actions()[before:].count("Send") == 1  # nothing to do: one is enough


def test_a_step_that_depends_on_the_one_before_is_planned_anew(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    found = dict(agent.run(numbered([value("a", "1"), value("a", "2"), value("a", "2"), value("a", "1")])))
    assert [found[n]["changed"] for n in range(4)] == [True, True, False, True]
    assert data_of(rig, "a") == "1"


def test_what_somebody_else_changes_meanwhile_is_seen(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    rig.machine.registry.set("HKLM\\SOFTWARE\\Officine", "a", "string", "old")
    sends: list[int] = []

    def meddle(action: str, _number: int) -> str:
        if action == "Send":
            sends.append(1)
            if len(sends) == 2:  # between the controller's plan and its changes
                rig.machine.registry.set("HKLM\\SOFTWARE\\Officine", "a", "string", "new")
        return ""

    rig.fault = meddle
    found = dict(agent.run(numbered([value("a", "new", diff=True)])))
    assert found[0]["changed"] is False


def test_a_state_that_never_holds_still_ends(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    count: list[int] = []

    def meddle(action: str, _number: int) -> str:
        if action == "Send":
            count.append(1)
            rig.machine.registry.set("HKLM\\SOFTWARE\\Officine", "a", "string", f"x{len(count)}")
        return ""

    rig.fault = meddle
    with pytest.raises(AgentError, match="changes all the time"):
        list(agent.run(numbered([value("a", "wanted")])))


def test_check_mode_reads_and_plans(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    found = dict(agent.run(numbered([value("a", check=True, diff=True), value("a", check=True)])))
    assert [one["changed"] for one in found.values()] == [True, True]
    assert found[0]["diff"]
    assert data_of(rig, "a") is None


def test_after_a_failure_only_the_loops_other_items_run(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    bad = {"m": "win_command", "a": _command("exit 1")}
    rig.machine.extra["commands"] = {"exit 1": {"rc": 1}}
    steps = [value("a", g=0), {**bad, "g": 1}, {**bad, "g": 1}, value("b", g=2)]
    found = dict(agent.run(steps))
    assert set(found) == {0, 1, 2}
    assert data_of(rig, "b") is None
    found = dict(agent.run([{**bad, "g": 0, "go_on": True}, value("b", g=1)]))
    assert found[0]["failed"]
    assert data_of(rig, "b") == "1"


def _command(line: str) -> dict[str, Any]:
    module = registry.get("win_command")
    assert module is not None
    return module.spec.args.model_validate({"cmd": line}).model_dump(mode="json")


def test_a_module_of_linux_is_refused_by_name(session: tuple[Any, WindowsSession]) -> None:
    _rig, agent = session
    found = dict(agent.run(numbered([value("a"), {"m": "apt", "a": {}}, value("b")])))
    assert "apt does not run on Windows" in found[1]["msg"]
    assert set(found) == {0, 1}


def test_ping_finds_its_windows_half(session: tuple[Any, WindowsSession]) -> None:
    _rig, agent = session
    assert dict(agent.run(numbered([{"m": "ping", "a": {"data": "salut"}}])))[0]["ping"] == "salut"


def test_raw_needs_no_agent(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    found = dict(agent.run(numbered([{"m": "raw", "a": {"cmd": "hostname"}}])))
    assert found[0]["stdout"].startswith("hostname")
    assert "OpenStandardInput" not in windows_code.encoded("")
    assert len(rig.started) == 1


def test_content_travels_once_and_only_when_it_is_needed(
    windows_rig: Callable[..., Any], tmp_path: Path
) -> None:
    rig = windows_rig()
    big = tmp_path / "driver.cab"
    big.write_bytes(random.Random(1).randbytes(7_000_000))  # noqa: S311  test data
    sha = hashlib.sha256(big.read_bytes()).hexdigest()
    small = b"[reader]\r\nport=COM3\r\n" * 50
    small_sha = hashlib.sha256(small).hexdigest()
    agent, transport = open_session(rig, {sha: big, small_sha: small})
    module = registry.get("win_copy")
    assert module is not None

    def copy(name: str, blob: str, size: int, sha1: str) -> dict[str, Any]:
        args = module.spec.args.model_validate({"src": name, "dest": f"C:\\Temp\\{name}"}).model_dump(
            mode="json"
        )
        return {"m": "win_copy", "a": {**args, "_blob": blob, "_size": size, "_sha1": sha1}}

    steps = [
        copy("driver.cab", sha, 7_000_000, hashlib.sha1(big.read_bytes()).hexdigest()),  # noqa: S324  Ansible's checksum
        copy("galss.ini", small_sha, len(small), hashlib.sha1(small).hexdigest()),  # noqa: S324
    ]
    found = dict(agent.run(numbered(steps)))
    assert [one["changed"] for one in found.values()] == [True, True], found
    node = rig.machine.files.get("c:\\temp\\DRIVER.CAB")
    assert node.data == big.read_bytes()
    assert max(one.size for one in rig.journal) < 512_000
    sent = agent.traffic.sent
    assert not any(one["changed"] for one in dict(agent.run(numbered(steps))).values())
    assert agent.traffic.sent - sent < 10_000
    agent.close()
    transport.close()


def test_constrained_language_leaves_plain_commands(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    rig.machine.extra["language_mode"] = "ConstrainedLanguage"
    agent, transport = open_session(rig)
    with pytest.raises(LanguageModeError, match="ConstrainedLanguage") as caught:
        list(agent.run(numbered([value("a")])))
    assert "AppLocker" in caught.value.hint
    agent, transport = open_session(rig)
    step = {"m": "win_shell", "a": {"cmd": "Get-Date"}, "env": {"PHARMACIE": "l'horizon", "a b": "no"}}
    found = dict(agent.run(numbered([step])))
    assert found[0]["rc"] == 0
    assert found[0]["stdout"].startswith("$env:PHARMACIE = 'l''horizon'\nGet-Date\n")
    guarded = {"m": "win_shell", "a": {"cmd": "Clear-Disk 0", "creates": "C:\\done"}}
    found = dict(agent.run(numbered([guarded])))
    assert "creates cannot be had" in found[0]["msg"]  # rather than run what need not run
    transport.close()


def test_an_agent_that_does_not_start_says_why(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    rig.machine.extra["programs"] = {
        windows_code.agent_command(): (1, b"", b"... PSSecurityException: running scripts is disabled\r\n")
    }
    windows_agent = importlib.import_module("windows_agent")
    saved = windows_agent.decoded
    windows_agent.decoded = lambda _line: ""
    try:
        agent, transport = open_session(rig)
        with pytest.raises(AgentError, match="execution policy forbids") as caught:
            list(agent.run(numbered([value("a")])))
        assert "Get-ExecutionPolicy" in caught.value.hint
        transport.close()
    finally:
        windows_agent.decoded = saved


@pytest.mark.parametrize(
    "lie",
    [
        {"t": "res", "b": "1", "i": 0, "r": {}},
        {"t": "res", "b": "1", "i": 0, "r": {"r": []}},
        {"t": "res", "b": "1", "i": 7, "r": {"r": {}}},
        {"t": "res", "b": "1", "i": "0", "r": {"state": {}}},
        {"t": "res", "b": "1", "r": {"state": 1}},
        {"t": "res", "b": "1", "i": 0, "r": {"state": {"key": [], "entry": 3}, "h": None}},
        {"t": "hello", "have": 3},
        [],
    ],
)
def test_a_hostile_host_hurts_only_itself(
    windows_rig: Callable[..., Any], lie: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = windows_rig()
    module = importlib.import_module("windows_agent")

    def batch(self: Any, _message: dict[str, Any]) -> None:
        self._send(lie)
        self._send({"t": "end", "b": "1"})
        raise SystemExit(0)

    monkeypatch.setattr(module.Agent, "_batch", batch)
    agent, transport = open_session(rig, operation_timeout=1, read_timeout=2)
    try:
        found = dict(agent.run(numbered([value("a")]), timeout=10))
        assert all(isinstance(one, dict) for one in found.values())
    except OfficefleetError as error:
        assert error.message  # noqa: PT017  either is right
    transport.close()


def test_a_banner_is_no_message(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    rig.machine.extra["banner"] = "Bienvenue \xe0 la pharmacie\r\n".encode("cp850")
    agent, transport = open_session(rig)
    assert dict(agent.run(numbered([value("a")])))[0]["changed"]
    agent.close()
    transport.close()


def test_a_task_that_hangs_is_ended_on_the_host(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    half = importlib.import_module("windows_host").simulator("win_ping")
    saved = half.run if hasattr(half, "run") else half.read
    name = "run" if hasattr(half, "run") else "read"
    stop = rig.stop
    setattr(half, name, lambda _args, _machine: {"stopped": stop.wait(20)})
    try:
        begun = time.monotonic()
        found = dict(agent.run(numbered([{"m": "win_ping", "a": {"data": "pong"}, "timeout": 0.3}])))
        assert found[0]["timedout"]
        assert time.monotonic() - begun < 10
    finally:
        setattr(half, name, saved)


@pytest.mark.parametrize("moment", ["before", "between", "after"])
@pytest.mark.parametrize("kind", ["state", "run"])
def test_powershell_that_dies_is_started_again_and_nothing_is_done_twice(
    windows_rig: Callable[..., Any], moment: str, kind: str
) -> None:
    rig = windows_rig()
    _count_runs()
    died: list[str] = []

    def die(key: str, when: str) -> bool:
        if when == moment and key.split(".")[1] == "2" and not died:
            died.append(key)
            return True
        return False

    rig.die = die
    agent, transport = open_session(rig)
    steps = [value("a"), value("b"), value("c") if kind == "state" else _counted(), value("d")]
    found = dict(agent.run(numbered(steps)))
    assert died
    if kind == "run" and moment in ("before", "between"):
        assert found[2]["unknown"]
        assert "not known" in found[2]["msg"]
        assert set(found) == {0, 1, 2}
    else:
        assert [found[n]["changed"] for n in range(4)] == [True] * 4, found
        assert data_of(rig, "d") == "1"
    assert rig.machine.extra.get("runs_counted", 0) <= 1
    assert len(rig.started) == 2
    agent.close()
    transport.close()


def test_powershell_that_dies_again_and_again_is_an_error(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    rig.die = lambda _key, when: when == "before"
    agent, transport = open_session(rig)
    with pytest.raises((UnreachableError, AgentError)):
        list(agent.run(numbered([value("a"), value("b")])))
    assert len(rig.started) <= 8
    transport.close()


def test_a_reboot_between_two_batches_costs_a_new_shell(session: tuple[Any, WindowsSession]) -> None:
    rig, agent = session
    assert dict(agent.run(numbered([value("a")])))[0]["changed"]
    rig.service.forget()
    rig.machine.reboot()
    assert dict(agent.run(numbered([value("b")])))[0]["changed"]
    rig.cut()
    assert dict(agent.run(numbered([value("c")])))[0]["changed"]
    assert len(rig.started) == 2


@pytest.mark.parametrize("action", ["Send", "Receive", "Command"])
def test_a_request_that_hangs_once_is_made_again(windows_rig: Callable[..., Any], action: str) -> None:
    rig = windows_rig()
    hung: list[str] = []

    def fault(name: str, _number: int) -> str:
        if name == action and not hung:
            hung.append(name)
            return "stall"
        return ""

    rig.fault = fault
    agent, transport = open_session(rig, operation_timeout=1, read_timeout=2)
    begun = time.monotonic()
    assert dict(agent.run(numbered([value("a")]), timeout=20))[0]["changed"]
    assert hung
    assert time.monotonic() - begun < 8
    rig.stop.set()
    agent.close()
    transport.close()


def test_a_host_that_is_silent_is_given_up(windows_rig: Callable[..., Any]) -> None:
    rig = windows_rig()
    agent, transport = open_session(rig, operation_timeout=1, read_timeout=2)
    list(agent.run(numbered([value("a")])))
    released = threading.Event()
    half = importlib.import_module("windows_host").simulator("win_ping")
    saved = half.run
    half.run = lambda _args, _machine: {"changed": released.wait(30)}
    try:
        begun = time.monotonic()
        with pytest.raises(UnreachableError, match="silent for 2 s"):
            list(agent.run(numbered([{"m": "win_ping", "a": {"data": "x"}}]), timeout=2))
        assert time.monotonic() - begun < 8
    finally:
        released.set()
        half.run = saved
    transport.close()


@pytest.mark.parametrize("latency", [0.0, 0.02])
def test_closing_from_another_thread_ends_what_waits(windows_rig: Callable[..., Any], latency: float) -> None:
    """Ctrl-C does that: the run's thread closes what the hosts' threads wait for."""
    rig = windows_rig(latency=latency)
    agent, transport = open_session(rig, operation_timeout=20, read_timeout=30)
    list(agent.run(numbered([value("a")])))
    running = threading.Event()
    released = threading.Event()

    class Slow(Mapping[str, Any]):
        def __iter__(self) -> Iterator[str]:
            running.set()
            released.wait(60)
            return iter(())

        def __len__(self) -> int:
            return 0

        def __getitem__(self, key: str) -> Any:
            raise KeyError(key)

    rig.machine.extra["commands"] = {"slow": Slow()}
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            list(agent.run(numbered([{"m": "win_command", "a": _command("slow")}])))
        except OfficefleetError as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    assert running.wait(10)
    begun = time.monotonic()
    agent.close()
    transport.close()
    thread.join(20)
    released.set()
    assert not thread.is_alive()
    assert time.monotonic() - begun < 10
    assert caught
    assert rig.service.shells == {}


def _counted() -> dict[str, Any]:
    return {"m": "win_command", "a": _command("count")}


def _count_runs() -> None:
    """Let the simulated win_command count how often it really runs."""
    half = importlib.import_module("windows_host").simulator("win_command")
    if not hasattr(half, "_of_the_module"):
        half._of_the_module = half.run

    def run(args: dict[str, Any], machine: Any) -> dict[str, Any]:
        if args.get("cmd") != "count" and args.get("_raw_params") != "count":
            found: dict[str, Any] = half._of_the_module(args, machine)
            return found
        machine.extra["runs_counted"] = machine.extra.get("runs_counted", 0) + 1
        return {"changed": True, "rc": 0, "stdout": "", "stderr": ""}

    half.run = run


@pytest.mark.timeout(600)
def test_two_hundred_faults_at_random(
    windows_rig: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run ends right or in a clear error, nothing is applied twice, nothing hangs."""
    monkeypatch.setattr("officefleet.transports.winrm_connection._PAUSES", (0.0, 0.01, 0.02, 0.03))
    dice = random.Random(421)  # noqa: S311  a test's dice
    injected = right = wrong = 0
    while injected < 200:
        latency = dice.choice((0.0, 0.0, 0.006))
        rig = windows_rig(latency=latency)
        _count_runs()
        chance = dice.choice((0.1, 0.25))
        count: list[str] = []

        def fault(_action: str, _number: int, chance: float = chance, count: list[str] = count) -> str:
            if dice.random() > chance:
                return ""
            kind = dice.choice(("lost", "reply lost", "400", "503", "reply lost"))
            count.append(kind)
            return kind

        def die(_key: str, when: str, count: list[str] = count) -> bool:
            if when in ("after", "between") and dice.random() < 0.02:
                count.append("died")
                return True
            return False

        rig.fault, rig.die = fault, die
        agent, transport = open_session(rig)
        begun = time.monotonic()
        steps = [value(f"v{n}") if n % 4 else _counted() for n in range(12)]
        found: dict[int, dict[str, Any]] = {}
        try:
            for index, result in agent.run(numbered(steps), timeout=20):
                assert index not in found
                found[index] = result
        except OfficefleetError as error:
            wrong += 1
            clear = bool(error.message) and "Traceback" not in error.message
        else:
            clear = True
            if any(one.get("unknown") for one in found.values()):
                wrong += 1
            else:
                right += 1
                assert [found[n]["changed"] for n in range(12)] == [True] * 12, found
                assert all(data_of(rig, f"v{n}") == "1" for n in range(12) if n % 4)
        assert clear
        assert rig.machine.extra.get("runs_counted", 0) <= 3
        applied = [
            one for one in rig.machine.journal if "win_regedit" in str(one) or "regedit" in str(one[0])
        ]
        assert len(applied) == len({str(one) for one in applied})
        assert time.monotonic() - begun < 30
        rig.fault = lambda _action, _number: ""
        agent.close()
        transport.close()
        injected += len(count)
    assert right > wrong > 0
