"""What win_package changes.

`state` is {"file": bool, "msi_code": of the file or None, "product_id", "entry": what the registry's Uninstall says or None,
"creates": {"path", "version", "service"}}; a check that was not asked for is None. The meaning of the exit codes:
https://learn.microsoft.com/windows/win32/msi/error-codes.
"""

from __future__ import annotations

import re
from typing import Any

from officefleet.agents.kit import Failed
from officefleet.modules.windows import change, command_line, same

_WEB = ("proxy_url", "url_password", "url_timeout", "url_username", "use_proxy", "validate_certs")
_RESTARTED = 1641  # ERROR_SUCCESS_REBOOT_INITIATED: a success of msiexec alone
_GUID = re.compile(r"^\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}$")


def is_url(path: str | None) -> bool:
    return path is not None and re.match(r"^(https?|ftp)://", path, re.IGNORECASE) is not None


def is_installed(state: dict[str, Any], args: dict[str, Any]) -> bool:
    """Return whether all that was asked for is there.

    Raises:
        Failed: nothing tells.

    """
    checks = []
    if state["product_id"] is not None:
        checks.append(state["entry"] is not None)
    creates = state["creates"]
    if args["creates_path"] is not None:
        checks.append(bool(creates["path"]))
    if args["creates_version"] is not None:
        checks.append(same(creates["version"], args["creates_version"]))
    if args["creates_service"] is not None:
        checks.append(bool(creates["service"]))
    if not checks:
        raise Failed(
            "nothing tells whether it is installed: give product_id, creates_path or creates_service"
        )
    return all(checks)


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    installed = is_installed(state, args)
    if installed == (args["state"] == "present"):
        return []
    return _install(state, args) if args["state"] == "present" else _uninstall(state, args)


def _kind(state: dict[str, Any], args: dict[str, Any]) -> str:
    """Return msi or registry (any other installer)."""
    if args["provider"] != "auto":
        return str(args["provider"])
    if args["path"] is not None:
        return "msi" if args["path"].lower().endswith(".msi") else "registry"
    entry = state["entry"] or {}
    return "msi" if entry.get("windows_installer") and _GUID.match(state["product_id"] or "") else "registry"


def _line(args: dict[str, Any]) -> str:
    found = args["arguments"]
    if found is None:
        return ""
    return found.strip() if isinstance(found, str) else command_line(found)


def _run(op: str, name: str, args: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {one: args[one] for one in ("chdir", "log_path", "wait_for_children")}
    absent, present = {"installed": False}, {"installed": True}
    if op == "install":
        return change("install", name, absent, present, **common, **more)
    return change("uninstall", name, present, absent, **common, **more)


def _install(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    path = args["path"]
    if not is_url(path) and not state["file"]:
        raise Failed("the installer %s is not on the host" % path)
    msi = _kind(state, args) == "msi"
    proof = {one: args[one] for one in ("checksum", "checksum_algorithm", "verify_signature")}
    proof["options"] = {one: args[one] for one in _WEB} if is_url(path) else {}
    codes = [*args["expected_return_code"], _RESTARTED] if msi else args["expected_return_code"]
    name = state["product_id"] or path
    return [_run("install", name, args, file=path, msi=msi, line=_line(args), codes=codes, url=is_url(path), **proof)]  # fmt: skip


def _uninstall(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    msi = _kind(state, args) == "msi"
    codes = [*args["expected_return_code"], _RESTARTED] if msi else args["expected_return_code"]
    name = state["product_id"] or args["path"]
    entry = state["entry"] or {}
    line = _line(args)
    if msi:
        if not (_GUID.match(name or "") or state["file"]):
            raise Failed("an MSI package is removed by its product code or its file, %s is neither" % name)
        target = name if _GUID.match(name or "") else args["path"]
        return [_run("uninstall", name, args, msi=True, file=target, line=line, codes=codes)]
    if args["path"] is not None:
        if not state["file"]:
            raise Failed("the uninstaller %s is not on the host" % args["path"])
        program, rest = args["path"], line
    else:
        command = entry.get("quiet_uninstall") or entry.get("uninstall")
        if not command:
            raise Failed("the registry names no way to remove %s; give a path" % name)
        program, given = split_command(command)
        rest = (given + " " + line).strip()
    return [_run("uninstall", name, args, msi=False, file=program, line=rest, codes=codes)]


def split_command(command: str) -> tuple[str, str]:
    r"""Return (program, arguments) of a registered command: it may be quoted, or a path with blanks up to .exe."""
    text = command.strip()
    if text.startswith('"'):
        program, _quote, rest = text[1:].partition('"')
        return program, rest.strip()
    found = re.match(r"^(.+?\.exe)(?:\s+(.*))?$", text, re.IGNORECASE)
    if found:
        return found[1], (found[2] or "").strip()
    program, _blank, rest = text.partition(" ")
    return program, rest.strip()


def result(_state: dict[str, Any], _args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    """The exit code comes from the host; what cannot be known before is left out."""
    return {} if changes else {"rc": 0, "reboot_required": False}
