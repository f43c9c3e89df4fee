"""What synchronize does on the controller: finds out where rsync runs, runs it, reads what it did."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.synchronize.command import (
    MARK,
    changed,
    command,
    far_options,
    far_path,
    ssh_from_here,
    ssh_from_there,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.modules.contract import Controller
    from officefleet.modules.synchronize.spec import SynchronizeArgs

_DAEMON = "rsync://"


def act(args: SynchronizeArgs, controller: Controller) -> dict[str, Any]:
    """Run rsync and return Ansible's result.

    Raises:
        ArgumentError: a file that cannot be found here, a Windows host, or a host that wants a password.

    """
    if controller.windows:
        raise ArgumentError(_("synchronize needs rsync, which Windows does not have"), hint=_("use win_copy"))
    own, runner = controller.reach(), controller.reach(delegated=True)
    here = runner.local or not controller.delegated
    source, target = args.src, args.dest
    if here:
        source, target = _near(args, controller, both=own.local)
    daemon = source.startswith(_DAEMON) or target.startswith(_DAEMON)
    if daemon or own.local or (not here and runner.host == own.host):
        return _result(args, _there(_words(args, source, target, controller), controller), controller)
    if here and own.password:
        raise ArgumentError(
            _("{host}: rsync cannot log in with a password").format(host=own.host),
            hint=_("give the host a key (ansible_ssh_private_key_file)"),
        )
    if args.mode == "push":
        target = far_path(args, own, target)
    else:
        source = far_path(args, own, source)
    ssh = ssh_from_here(args, own, _given(args, controller)) if here else ssh_from_there(args, own)
    words = _words(args, source, target, controller)
    words[1:1] = far_options(args, own, ssh)
    done = _here(words) if here else _there(words, controller, as_login=True)
    return _result(args, done, controller)


def _words(args: SynchronizeArgs, source: str, target: str, controller: Controller) -> list[str]:
    program = str(controller.variables.get("ansible_rsync_path") or "rsync")
    return command(args, source, target, program=program, check=controller.check)


def _near(args: SynchronizeArgs, controller: Controller, *, both: bool) -> tuple[str, str]:
    """Return the paths with those of the controller found: a source beside the role or the playbook."""
    source, target = args.src, args.dest
    if (both or args.mode == "push") and not source.startswith(_DAEMON):
        found = str(controller.find(source, "files"))
        source = found.rstrip("/") + "/" if source.endswith("/") else found
    if (both or args.mode == "pull") and not target.startswith(_DAEMON):
        slash = "/" if target.endswith("/") else ""
        place = Path(str(controller.variables.get("playbook_dir", "")), Path(target).expanduser()).absolute()
        target = f"{place}{slash}"
    return source, target


def _given(args: SynchronizeArgs, controller: Controller) -> list[str]:
    if not args.use_ssh_args:
        return []
    names = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
    return [word for name in names for word in shlex.split(str(controller.variables.get(name) or ""))]


def _here(words: Sequence[str]) -> dict[str, Any]:
    """Run rsync on the controller."""
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise ArgumentError(
            _("no program {name} on the controller").format(name=words[0]), hint=_("apt install rsync")
        ) from None
    decoded = {
        "stdout": done.stdout.decode("utf-8", "replace"),
        "stderr": done.stderr.decode("utf-8", "replace"),
    }
    return {"rc": done.returncode, "cmd": list(words), **decoded}


def _there(words: Sequence[str], controller: Controller, *, as_login: bool = False) -> dict[str, Any]:
    return controller.run_on_host("command", {"argv": list(words)}, as_login=as_login)


def _result(args: SynchronizeArgs, done: dict[str, Any], controller: Controller) -> dict[str, Any]:
    output = str(done.get("stdout", ""))
    command_line = done.get("cmd", "")
    common = {
        "cmd": shlex.join(command_line) if isinstance(command_line, list) else command_line,
        "rc": done.get("rc", 1),
    }
    if common["rc"] != 0:
        reason = str(done.get("stderr") or done.get("msg") or output).strip()
        return {**common, "failed": True, "changed": False, "msg": reason}
    clean = output.replace(MARK, "")
    lines = [line for line in clean.splitlines() if line]
    result = {
        **common,
        "changed": changed(output, linking=bool(args.link_dest)),
        "msg": clean,
        "stdout_lines": lines,
    }
    return {**result, "diff": {"prepared": clean}} if controller.diff else result
