"""The command line of rsync for a task: pure."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.modules.contract import Reach
    from officefleet.modules.synchronize.spec import SynchronizeArgs

MARK = "<<CHANGED>>"
_PARTS = ("recursive", "links", "perms", "times", "owner", "group")


def command(
    args: SynchronizeArgs, source: str, target: str, *, program: str = "rsync", check: bool = False
) -> list[str]:
    """Return rsync's words but for the way to the far end; what it does is printed behind `MARK`."""
    words = [program, *(["--delay-updates"] if args.delay_updates else []), "-F"]
    switches = {
        "--compress": args.compress, "--dry-run": check, "--delete-after": args.delete,
        "--existing": args.existing_only, "--checksum": args.checksum, "--copy-links": args.copy_links,
        "--dirs": args.dirs, "--partial": args.partial, "--archive": args.archive,
    }  # fmt: skip
    words += [word for word, wanted in switches.items() if wanted]
    for part in _PARTS:
        wanted = getattr(args, part)
        if wanted is not None and wanted is not args.archive:
            words.append(f"--{part}" if wanted else f"--no-{part}")
    if args.rsync_timeout:
        words.append(f"--timeout={args.rsync_timeout}")
    words += [f"--link-dest={folder}" for folder in args.link_dest]
    return [*words, *args.rsync_opts, f"--out-format={MARK}%i %n%L", "--", source, target]


def far_options(args: SynchronizeArgs, reach: Reach, ssh: Sequence[str]) -> list[str]:
    """Return the words that tell rsync how the far end is reached and run."""
    program = args.rsync_path or "rsync"
    if reach.become:
        program = f"{shlex.join(reach.become)} {program}"
    return [f"--rsh={shlex.join(ssh)}", *([f"--rsync-path={program}"] if program != "rsync" else [])]


def far_path(args: SynchronizeArgs, reach: Reach, path: str) -> str:
    """Return a path at the far end as rsync takes it."""
    address = f"[{reach.address}]" if ":" in reach.address else reach.address
    user = f"{reach.user}@" if reach.user and args.set_remote_user else ""
    return f"{user}{address}:{path}"


def ssh_from_here(args: SynchronizeArgs, reach: Reach, extra: Sequence[str] = ()) -> list[str]:
    """Return ssh as the controller calls it: with the run's key and the host keys that are recorded."""
    key = os.path.expanduser(args.private_key or reach.key_file)  # noqa: PTH111  no shell does it
    common = [*_key(key), *extra, *_host_keys(reach), *_common(reach)]
    jump: list[str] = []
    if reach.proxy_jump:
        gateway, port = _gateway(reach.proxy_jump)
        through = shlex.join(["ssh", *common, *port, "-W"]) + " '[%h]:%p' " + shlex.quote(gateway)
        jump = ["-o", f"ProxyCommand={through}"]
    return ["ssh", "-p", str(args.dest_port or reach.port), *_sharing(args), *common, *jump]


def ssh_from_there(args: SynchronizeArgs, reach: Reach) -> list[str]:
    """Return ssh as the host that the task is delegated to calls it: with that host's own keys."""
    trust = "yes" if args.verify_host else "accept-new"
    words = ["ssh", "-p", str(args.dest_port or reach.port), *_sharing(args), *_key(args.private_key or "")]
    return [*words, "-o", f"StrictHostKeyChecking={trust}", *_common(reach)]


def changed(output: str, *, linking: bool) -> bool:
    """Return whether rsync's output tells of a change; with `linking` a hard link to link_dest is none."""
    told = [line.removeprefix(MARK) for line in output.splitlines() if line.startswith(MARK)]
    return any(not line.startswith("hf") for line in told) if linking else bool(told)


def _sharing(args: SynchronizeArgs) -> list[str]:
    return [] if args.ssh_connection_multiplexing else ["-S", "none"]


def _key(path: str) -> list[str]:
    return ["-i", path, "-o", "IdentitiesOnly=yes"] if path else []


def _host_keys(reach: Reach) -> list[str]:
    if not reach.check_host_key:
        return ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
    files = " ".join(f'"{file}"' if " " in file else file for file in reach.known_hosts)
    named = ["-o", f"UserKnownHostsFile={files}"] if files else []
    return ["-o", "StrictHostKeyChecking=yes", *named]


def _common(reach: Reach) -> list[str]:
    return ["-o", "BatchMode=yes", "-o", f"ConnectTimeout={max(1, round(reach.timeout))}"]


def _gateway(text: str) -> tuple[str, list[str]]:
    host, colon, port = text.rpartition(":")
    return (host, ["-p", port]) if colon and port.isdecimal() else (text, [])
