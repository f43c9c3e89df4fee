"""Examines one host: transport, agent, every module's read, encodings, sizes, time limits, quotas.

Nothing is changed on the host: modules run in check mode, and the few commands that really run only print.
"""

from __future__ import annotations

import functools
import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

from officefleet.agents import windows_code
from officefleet.agents.bundle import build
from officefleet.cli.doctor.finding import Finding, Report, Verdict
from officefleet.engine.sessions import Sessions, identity
from officefleet.errors import OfficefleetError
from officefleet.i18n import _
from officefleet.modules import registry
from officefleet.modules.spec import Kind
from officefleet.playbook.model import Keywords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from officefleet.engine.options import Options
    from officefleet.engine.sessions import Identity

LETTERS = "\xe9\xe8\xe7\xe0\xf9\xea\xc9"  # both in the code pages of Western Europe and in UTF-8
SIZE = 700_000  # characters there and back: more than an envelope of WinRM either way
SILENCE = 120.0  # seconds for one check
ECHO = {
    # [char]s: the script itself stays ASCII, so only the way back is looked at
    "powershell": "-join [char[]](" + ",".join(str(ord(one)) for one in LETTERS) + ")",
    "program": "cmd.exe /c echo " + LETTERS,
    "posix": "printf '%s' " + LETTERS,
}
QUOTAS = (
    "$found = @{}; foreach ($name in 'Shell\\MaxShellsPerUser','Shell\\MaxMemoryPerShellMB','Shell\\MaxProcessesPerShell',"
    "'Shell\\IdleTimeout','MaxEnvelopeSizekb','MaxTimeoutms') { "
    "$found[$name] = (Get-Item -LiteralPath ('WSMan:\\localhost\\' + $name) -ErrorAction SilentlyContinue).Value }; "
    "ConvertTo-Json -InputObject $found -Compress"
)
POLICY = (
    "ConvertTo-Json -Compress -InputObject @{ policy = [string](Get-ExecutionPolicy -ErrorAction Stop); "
    "system = [string](Get-CimInstance -ClassName Win32_OperatingSystem -ErrorAction Stop).Version; "
    "edition = [int](Get-CimInstance -ClassName Win32_OperatingSystem -ErrorAction Stop).OperatingSystemSKU; "
    "language = (Get-UICulture).Name; oem = [int](Get-CimInstance -ClassName Win32_OperatingSystem -ErrorAction Stop).CodeSet }"
)
_SHORT = 80  # characters of a refusal
SLEEP = {"windows": "[System.Threading.Thread]::Sleep(20000)", "posix": "sleep 20"}
_WANTED_QUOTAS = {"Shell\\MaxShellsPerUser": 2, "Shell\\MaxMemoryPerShellMB": 150, "MaxEnvelopeSizekb": 500}


class Examination:
    """One host under examination.

    Args:
        host: inventory name.
        variables: its variables.
        options: connection defaults.
        heard: called with each finding as it comes.

    """

    def __init__(
        self, host: str, variables: Mapping[str, Any], options: Options, heard: Callable[[Finding], None]
    ) -> None:
        self.report = Report(host)
        self._variables, self._options, self._heard = variables, options, heard
        self._content: dict[str, bytes] = {}
        self._where: Identity | None = None
        self._sessions: Sessions | None = None

    @property
    def windows(self) -> bool:
        """Whether the host is reached as a Windows host."""
        return self._where is not None and self._where.endpoint.powershell

    def run(self) -> Report:
        """Examine all; what fails is a finding, and without an agent nothing more is asked."""
        try:
            if self._check(_("connection settings"), self._settings) and self._check(_("agent"), self._agent):
                self._deeper()
        finally:
            if self._sessions is not None:
                self._sessions.close()
        return self.report

    def _deeper(self) -> None:
        for name in self._modules():
            self._check(_("module {name}").format(name=name), functools.partial(self._module, name))
        self._check(_("letters from PowerShell") if self.windows else _("letters"), self._letters)
        if self.windows:
            self._check(_("letters from a program"), self._program_letters)
        self._check(_("large messages"), self._large)
        self._check(_("time limit"), self._limit)
        self._check(_("a connection that breaks"), self._reconnect)
        if self.windows:
            self._check(_("execution policy and system"), self._policy)
            self._check(_("quotas of WinRM"), self._quotas)

    def _check(self, name: str, work: Callable[[], tuple[Verdict, str]]) -> bool:
        begun = time.monotonic()
        try:
            verdict, text = work()
        except OfficefleetError as error:
            hint = f" ({error.hint})" if error.hint else ""
            verdict, text = Verdict.FAILED, error.message + hint
        except Exception as error:  # noqa: BLE001  the report is worth most where something unforeseen happens
            verdict, text = Verdict.FAILED, f"{type(error).__name__}: {error}"
        finding = Finding(name, verdict, text, round(time.monotonic() - begun, 3))
        self.report.findings.append(finding)
        self._heard(finding)
        return verdict is not Verdict.FAILED

    # --- the way there ------------------------------------------------------------------------------------

    def _settings(self) -> tuple[Verdict, str]:
        self._where = where = identity(
            self.report.host, Keywords(), self._variables, self._options, lambda value: value
        )
        place = where.endpoint
        self._sessions = Sessions(
            build(frozenset(self._modules())), self._content.__getitem__, set(), set(), time.sleep
        )
        about: dict[str, Any] = {"transport": place.kind, "port": place.port, "powershell": place.powershell}
        if place.winrm is not None:
            about |= {
                "scheme": place.winrm.scheme, "methods": ",".join(place.winrm.transport) or "default",
                "certificate": place.winrm.server_cert_validation, "encryption": place.winrm.message_encryption,
            }  # fmt: skip
        self.report.about |= about
        lax = place.winrm is not None and place.winrm.server_cert_validation == "ignore"
        if lax or not place.check_host_key:
            return Verdict.WARNING, _("the host's identity is not checked")
        return Verdict.OK, ", ".join(f"{name} {value}" for name, value in about.items())

    def _agent(self) -> tuple[Verdict, str]:
        self._one("ping", {"data": "pong"})
        session = self._session()
        hello = {
            str(name): value for name, value in session.hello.items() if name not in ("t", "have", "pid")
        }
        self.report.about |= hello
        meter = (
            getattr(self._sessions.transport(self._where), "meter", None)
            if self._sessions and self._where
            else None
        )
        if meter is not None:
            self.report.about |= {
                "latency_ms": round(meter.latency * 1000, 1),
                "requests_to_start": meter.requests,
            }
        return Verdict.OK, ", ".join(f"{name} {value}" for name, value in hello.items())

    def _session(self) -> Any:
        if self._sessions is None or self._where is None:
            raise RuntimeError
        return self._sessions.get(self._where)

    def _one(
        self, module: str, args: Mapping[str, Any], *, check: bool = False, timeout: float = 0
    ) -> dict[str, Any]:
        """Run one step and return its result."""
        found = registry.get(module)
        if found is None:
            raise KeyError(module)
        typed = found.spec.args.model_validate(args).model_dump(mode="json")
        typed |= self._offered(module, typed)
        step = {
            "m": found.name,
            "a": typed,
            "g": 0,
            "check": check,
            "diff": check,
            "timeout": timeout,
            "env": {},
        }
        for _index, result in self._session().run([step], timeout=SILENCE):
            return dict(result)
        return {"failed": True, "msg": _("no answer")}

    def _offered(self, module: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the controller's side of copy would add: content by its hash."""
        if module not in ("copy", "win_copy") or not args.get("content"):
            return {}
        data = str(args["content"]).encode()
        sha = hashlib.sha256(data).hexdigest()
        self._content[sha] = data
        return {"_blob": sha, "_size": len(data), "_sha1": hashlib.sha1(data).hexdigest()}  # noqa: S324  Ansible's

    # --- modules ------------------------------------------------------------------------------------------

    def _modules(self) -> list[str]:
        """Return the modules that this host's agent can run."""
        found = []
        for name in sorted(registry.names()):
            module = registry.get(name)
            if module is None or module.spec.kind is Kind.ACTION:
                continue
            posix = f"officefleet.modules.{name}.posix"
            if windows_code.source(name) if self.windows else posix in registry.host_sources(name):
                found.append(name)
        return found

    def _module(self, name: str) -> tuple[Verdict, str]:
        """Read with a module's own examples, in check mode."""
        module = registry.get(name)
        examples = registry.example_args(module) if module is not None else []
        if not examples:
            return Verdict.SKIPPED, _("it has no example")
        prepared = module is not None and hasattr(module.controller, "prepare")
        texts = []
        for args in examples:
            if (prepared and "content" not in args) or args.get("data") == "crash":
                continue  # ping has an example that fails on purpose
            result = self._one(name, args, check=True, timeout=60)
            if result.get("failed") and ("exception" in result or result.get("timedout") or _broken(result)):
                return Verdict.FAILED, str(result.get("msg"))
            texts.append(_in_a_word(result))
        if not texts:
            return Verdict.SKIPPED, _("its examples need files")
        return Verdict.OK, ", ".join(texts)

    # --- what only a real host can show ---------------------------------------------------------------------

    def _letters(self) -> tuple[Verdict, str]:
        if self.windows:
            return _compared(self._one("win_shell", {"_raw_params": ECHO["powershell"]}))
        return _compared(self._one("command", {"cmd": ECHO["posix"]}))

    def _program_letters(self) -> tuple[Verdict, str]:
        return _compared(self._one("win_command", {"_raw_params": ECHO["program"]}))

    def _large(self) -> tuple[Verdict, str]:
        data = "officine" * (SIZE // 8)
        begun = time.monotonic()
        result = self._one("ping", {"data": data})
        if result.get("ping") != data:
            return Verdict.FAILED, str(result.get("msg") or _("what came back is not what was sent"))
        speed = 2 * SIZE / (time.monotonic() - begun) / 1e6
        return Verdict.OK, _("{size} characters there and back, {speed:.1f} MB/s").format(
            size=SIZE, speed=speed
        )

    def _limit(self) -> tuple[Verdict, str]:
        begun = time.monotonic()
        if self.windows:
            result = self._one("win_shell", {"_raw_params": SLEEP["windows"]}, timeout=2)
        else:
            result = self._one("command", {"cmd": SLEEP["posix"]}, timeout=2)
        spent = time.monotonic() - begun
        if not result.get("failed") or spent > 15:  # noqa: PLR2004  the command takes 20 s
            return Verdict.FAILED, _("a task of 20 s was not ended after 2 s")
        return Verdict.OK, _("ended after {seconds:.1f} s").format(seconds=spent)

    def _reconnect(self) -> tuple[Verdict, str]:
        if self._sessions is None:
            raise RuntimeError
        self._sessions.forget()
        self._one("ping", {"data": "again"})
        return Verdict.OK, _("the next task found its way")

    def _policy(self) -> tuple[Verdict, str]:
        found = self._json(POLICY)
        self.report.about |= found
        text = ", ".join(f"{name} {value}" for name, value in found.items())
        return (Verdict.WARNING if found.get("policy") in ("Restricted", "AllSigned") else Verdict.OK), text

    def _quotas(self) -> tuple[Verdict, str]:
        if self._where is None or self._where.endpoint.kind != "winrm":
            return Verdict.SKIPPED, _("the host is reached over SSH")
        found = self._json(QUOTAS)
        self.report.about |= found
        low = [
            f"{name} {found[name]}"
            for name, least in _WANTED_QUOTAS.items()
            if _number(found.get(name)) < least
        ]
        text = ", ".join(f"{name} {value}" for name, value in found.items())
        return (
            (Verdict.WARNING, _("too low: {names}").format(names=", ".join(low)))
            if low
            else (Verdict.OK, text)
        )

    def _json(self, script: str) -> dict[str, Any]:
        result = self._one("win_shell", {"_raw_params": script})
        if result.get("failed"):
            raise OfficefleetError(str(result.get("msg")) + " " + str(result.get("stderr") or ""))
        found = json.loads(str(result.get("stdout")))
        return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _in_a_word(result: Mapping[str, Any]) -> str:
    if result.get("failed"):  # its example names what this host does not have
        return f"refused ({str(result.get('msg'))[:_SHORT]})"
    return "skipped" if result.get("skipped") else "read"


def _broken(result: Mapping[str, Any]) -> bool:
    """Return whether a failure is the agent's, not the module's answer to its example."""
    text = str(result.get("msg"))
    return any(
        one in text for one in ("its code was not sent", "Read-State returned nothing", "no simulator")
    )


def _compared(result: Mapping[str, Any]) -> tuple[Verdict, str]:
    said = str(result.get("stdout", "")).strip()
    if said == LETTERS:
        return Verdict.OK, said
    return Verdict.FAILED, _("{found!r} instead of {wanted!r} {reason}").format(
        found=said, wanted=LETTERS, reason=result.get("msg") or ""
    )


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("inf")  # not told: nothing to warn of


def names_of(examination: Examination, variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (text, stand-in) of what must not stand in a report that is sent to others."""
    yield examination.report.host, "HOST"
    for name, stand_in in (
        ("ansible_host", "ADDRESS"), ("ansible_ssh_host", "ADDRESS"), ("ansible_winrm_host", "ADDRESS"),
        ("ansible_user", "USER"), ("ansible_ssh_user", "USER"), ("ansible_winrm_user", "USER"),
        ("ansible_password", "SECRET"), ("ansible_ssh_pass", "SECRET"), ("ansible_winrm_password", "SECRET"),
        ("ansible_become_password", "SECRET"),
    ):  # fmt: skip
        if variables.get(name):
            yield str(variables[name]), stand_in
