"""A poste in the rescue environment, over ssh: its disks, the restore that runs there, its way out.

The restore runs on its own there: a link that breaks, or a controller that is killed, does not stop it. Whoever
asks again finds it at work and follows it from where it is.
"""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.errors import ContinuityError, UnreachableError
from officefleet.i18n import _
from officefleet.images.smart import Health, parse_health
from officefleet.transports.base import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from officefleet.transports.base import Channel, Endpoint

WORK = "/run/officefleet"
PROGRAM = "officefleet-restore"
_SILENCE = 180.0  # seconds: longer than the restore waits for a store that is away
_BUSY, _DONE, _RUNNING, _STARTED = "busy", "done", "running", "started"
_MOST = 1 << 20  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Disk:
    """A disk of the poste; `size` and `sector` in bytes, `partitions` are GUIDs in lower case."""

    path: str
    size: int
    sector: int
    model: str
    removable: bool
    read_only: bool
    partitions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose restore it is: written beside it, so that a second one can be told."""

    rebuild: str
    user: str
    controller: str
    since: str


class RestoreError(ContinuityError):
    """The restore ended with an error of its own; the disk does not boot until the rebuild has gone on."""

    code = "continuity.restore"


class RescueLine:
    """A connection to a poste in the rescue environment.

    Args:
        place: with the rescue's own host key as the only one that is accepted.
        work: folder in memory where the restore keeps what it needs.
        program: the restore.

    """

    def __init__(self, place: Endpoint, *, work: str = WORK, program: str = PROGRAM) -> None:
        self._host = place.host
        self._work = work
        self._program = program
        self._transport = connect(place)

    def close(self) -> None:
        """Hang up; a restore that runs goes on."""
        self._transport.close()

    def run(self, command: str, *, text: bytes = b"", seconds: float = 60.0) -> tuple[int, str]:
        """Run a command that reads exactly `text`; return its exit status and what it printed.

        Raises:
            UnreachableError: the poste does not answer, or not in time.
            HostKeyError: something else answers there.

        """
        channel = self._transport.start(command)
        try:
            if text:
                channel.write(text)
            said, end = b"", time.monotonic() + seconds
            while (line := _line(channel, end - time.monotonic(), self._host)) and len(said) < _MOST:
                said += line
            status = channel.exit_status(timeout=10)
        finally:
            channel.close()
        if status is None:
            raise UnreachableError(_("{host}: the connection was lost").format(host=self._host))
        return status, said.decode("utf-8", "replace")

    def disks(self) -> list[Disk]:
        """Return the poste's disks.

        Raises:
            ContinuityError: it does not list them.

        """
        status, said = self.run("lsblk -bJ -o PATH,TYPE,SIZE,LOG-SEC,MODEL,RM,RO,TRAN,PARTUUID,NAME")
        try:
            listed = json.loads(said)["blockdevices"]
            return [_disk(one) for one in listed if one["type"] == "disk" and int(one["size"]) > 0]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ContinuityError(
                _("{host} does not list its disks (status {status})").format(host=self._host, status=status)
            ) from None

    def health(self, disk: str) -> Health:
        """Return what a disk says of itself."""
        _status, said = self.run(
            f"smartctl --json --health --attributes --info {shlex.quote(disk)}", seconds=60
        )
        return parse_health(said.encode())

    def start(self, owner: Owner, arguments: list[str], bundle: Mapping[str, str]) -> bool:
        """Start the restore, or find it at work.

        Args:
            owner: whose it is.
            arguments: of the restore.
            bundle: files that it needs, by name; they are kept in memory, readable by root only.

        Returns:
            Whether it has already ended well.

        Raises:
            ContinuityError: somebody else restores this poste; who, and since when.

        """
        content = json.dumps({"owner": vars_of(owner), "files": dict(bundle)}).encode()
        words = " ".join(shlex.quote(one) for one in [self._program, *arguments])
        script = _START.format(
            work=shlex.quote(self._work), count=len(content), rebuild=shlex.quote(owner.rebuild),
            command=shlex.quote(f"{words} >log 2>&1; echo $? >rc.new; mv rc.new rc"),
        )  # fmt: skip
        status, said = self.run(f"sh -c {shlex.quote(script)}", text=content)
        word, _space, rest = said.strip().partition("\n")
        if word in (_RUNNING, _STARTED, _DONE):
            return word == _DONE
        if word == _BUSY:
            raise self._taken(rest)
        raise ContinuityError(
            _("the restore does not start on {host} (status {status}): {said}").format(
                host=self._host, status=status, said=said.strip()[-200:]
            )
        )

    def follow(self, progress: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
        """Follow the restore to its end; return its report.

        Raises:
            RestoreError: it ended with an error.
            UnreachableError: the connection was lost; the restore may go on.

        """
        follow = f"cd {shlex.quote(self._work)} && tail -n +1 -f --pid=$(cat pid) log; cat rc 2>/dev/null"
        channel = self._transport.start(f"sh -c {shlex.quote(follow)}")
        last: Mapping[str, Any] = {}
        said = ""
        try:
            while line := _line(channel, _SILENCE, self._host):
                event = _event(line)
                if event is None:
                    said = line.decode("utf-8", "replace").strip() or said
                elif event.get("event") == "progress":
                    progress(event)
                else:
                    last = event
        finally:
            channel.close()
        if last.get("event") == "restored" and said == "0":
            return last
        if last.get("event") == "error":
            raise RestoreError(
                _("{host}: {message}").format(host=self._host, message=last.get("message", "")),
                hint=str(last.get("hint") or "") or _("the same command goes on"),
            )
        if not said:
            raise UnreachableError(_("{host}: the restore was cut off").format(host=self._host))
        raise RestoreError(
            _("{host}: the restore ended with status {status}").format(host=self._host, status=said[-200:]),
            hint=_("the same command goes on"),
        )

    def restart(self) -> None:
        """Order a restart; the rescue's own memory, and every secret in it, is gone with it."""
        order = "(sleep 1; reboot -f || busybox reboot -f || echo b >/proc/sysrq-trigger) >/dev/null 2>&1 &"
        self.run(f"sync; {order}")

    def _taken(self, text: str) -> ContinuityError:
        try:
            owner = json.loads(text)
            whom, where, when = str(owner["user"]), str(owner["controller"]), str(owner["since"])
        except (ValueError, KeyError, TypeError):
            whom = where = when = "?"
        return ContinuityError(
            _("{poste} is being rebuilt by {user} on {controller} since {when}").format(
                poste=self._host, user=whom, controller=where, when=when
            ),
            hint=_("wait until it has ended, or restart the poste into the rescue environment"),
        )


# One restore at a time. What it needs comes on standard input: nothing of it is ever on a command line. The restore
# itself holds a lock on the disk, so even a race here would harm nothing.
_START = """umask 077
mkdir -p {work} && cd {work} || exit 70
head -c {count} >bundle.new || exit 70
exec 9>lock
flock -w 10 9 || exit 70
if [ -e pid ] && [ ! -e rc ] && kill -0 "$(cat pid)" 2>/dev/null; then
    if [ "$(cat rebuild)" = {rebuild} ]; then echo running; exit 0; fi
    echo busy; cat owner; exit 0
fi
if [ "$(cat rc 2>/dev/null)" = 0 ] && [ "$(cat rebuild)" = {rebuild} ]; then echo done; exit 0; fi
rm -f rc pid
python3 - <<'END' || exit 70
import json
bundle = json.load(open("bundle.new"))
for name, text in bundle["files"].items():
    open(name, "w").write(text)
json.dump(bundle["owner"], open("owner", "w"))
END
rm -f bundle.new
echo {rebuild} >rebuild
: >log
setsid sh -c {command} 9>&- </dev/null >/dev/null 2>&1 &
echo $! >pid
echo started
"""


def vars_of(owner: Owner) -> dict[str, str]:
    """Return an owner as plain data."""
    return {
        "rebuild": owner.rebuild, "user": owner.user, "controller": owner.controller, "since": owner.since,
    }  # fmt: skip


def _line(channel: Channel, seconds: float, host: str) -> bytes:
    try:
        return channel.readline(max(0.1, seconds))
    except TimeoutError:
        raise UnreachableError(
            _("{host}: nothing came for {count} s").format(host=host, count=round(seconds)),
            hint=_("the same command goes on where it stopped"),
        ) from None


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _disk(row: Mapping[str, Any]) -> Disk:
    parts = tuple(str(one.get("partuuid") or "").lower() for one in row.get("children") or ())
    return Disk(
        path=str(row["path"]),
        size=int(row["size"]),
        sector=int(row["log-sec"]),
        model=str(row.get("model") or "").strip(),
        removable=_flag(row.get("rm")) or row.get("tran") == "usb",
        read_only=_flag(row.get("ro")),
        partitions=tuple(one for one in parts if one),
    )


def _flag(value: Any) -> bool:
    return value in (True, 1, "1")
