"""``officefleet rebuild``: a dead poste back from a signed golden image, proven."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter, validators

from officefleet.access.action import Action
from officefleet.cli._continuity import Flag, Sources, Terminal, Yes, open_setting
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.cli._rebuild_report import JsonReport, RebuildReport
    from officefleet.continuity.rebuild.journey import Tools
    from officefleet.continuity.rebuild.many import Stop
    from officefleet.continuity.rebuild.order import Wish
    from officefleet.continuity.setting import Person, Setting

_MINUTE = 60


def command(
    *postes: str,
    image: str = "",
    store: Annotated[str, Parameter(env_var="OFFICEFLEET_IMAGE_STORE")] = "",
    trust: Annotated[Path | None, Parameter(env_var="OFFICEFLEET_TRUST")] = None,
    check: Annotated[bool, Parameter(name=["-C", "--check"], negative="")] = False,
    resume: Flag = False,
    abandon: Flag = False,
    disk: str = "",
    address: str = "",
    initialise_preserved: Flag = False,
    allow_older: Flag = False,
    allow_expired: Flag = False,
    anyway: Flag = False,
    wait: Annotated[int, Parameter(validator=validators.Number(gte=0))] = 15,
    parallel: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=200))] = 20,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    yes: Yes = False,
    inventory: Sources = None,
) -> int:
    """Rebuild postes from a golden image, until they are proven; the same command goes on after any interruption.

    Args:
        postes: Postes, or patterns such as 'officine_0421:&comptoir'.
        image: NAME or NAME@VERSION (default: the one of the inventory, newest version).
        store: Address of the image store (default: http://NAS:8421 of the pharmacy).
        trust: File of trusted keys (default: see `officefleet image keys trust`).
        check: Say what would be done; change nothing.
        resume: Only go on with an interrupted rebuild; begin none.
        abandon: Give an interrupted rebuild up.
        disk: Which disk of the poste, such as /dev/nvme0n1, where several fit.
        address: Where the poste answers in the rescue environment, if not at its own address.
        initialise_preserved: Write preserved partitions anew too: what they hold is LOST.
        allow_older: Accept a version below one seen before.
        allow_expired: Accept an expired image.
        anyway: Accept that a peripheral's driver is blocked.
        wait: Minutes to wait for a poste to come up.
        parallel: How many postes at once.
        as_json: One JSON object a line instead of text.
        yes: Ask nothing: for scripts.
        inventory: Sources.

    """
    from officefleet.cli._rebuild_report import Aside, JsonReport, RebuildReport, Screen, Voice  # noqa: PLC0415  rich is slow
    from officefleet.continuity.rebuild.many import Stop  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.rebuild.order import Wish  # noqa: PLC0415  see above
    from officefleet.continuity.rebuild.rebuild import NotConfirmedError  # noqa: PLC0415  see above

    _must_fit(postes, check=check, resume=resume, abandon=abandon)
    name, version = _image(image)
    trusted = trust or _default_trust()
    terminal = Aside(yes=yes) if as_json else Terminal(yes=yes)
    stop = Stop()
    with open_setting(
        inventory, ",".join(postes), terminal, Action.LOOK if check else Action.REBUILD
    ) as setting:
        names = list(dict.fromkeys(host for pattern in postes for host in setting.inventory.select(pattern)))
        screen = Screen(terminal, many=len(names) > 1)
        wishes = {
            poste: Wish(
                poste=poste, trust=trusted, store=store, image=name, version=version, disk=disk, address=address,
                initialise_preserved=initialise_preserved, allow_older=allow_older, allow_expired=allow_expired,
                anyway=anyway, patience=wait * _MINUTE,
            )
            for poste in names
        }  # fmt: skip
        if len(names) > 1 and (disk or address):
            raise UsageError(_("--disk and --address are one poste's"))
        if abandon:
            return _abandon(setting, names)
        reports: dict[str, RebuildReport | JsonReport] = {
            poste: JsonReport(poste) if as_json else RebuildReport(screen, poste) for poste in names
        }
        if len(names) > 1 and not as_json:
            if not (check or resume) and not terminal.confirm(
                _("Rebuild {count} postes, {names}?").format(count=len(names), names=", ".join(names))
            ):
                raise NotConfirmedError(
                    _("not confirmed; nothing was changed"), hint=_("--yes confirms beforehand")
                )
            voices: dict[str, Person] = {poste: Voice(screen, poste) for poste in names}
        else:
            voices = dict.fromkeys(names, terminal)
        return _run(setting, wishes, reports, voices, stop, check=check, resume=resume, parallel=parallel)


def _run(
    setting: Setting,
    wishes: dict[str, Wish],
    reports: dict[str, RebuildReport | JsonReport],
    voices: dict[str, Person],
    stop: Stop,
    *,
    check: bool,
    resume: bool,
    parallel: int,
) -> int:
    from officefleet.continuity.rebuild.many import rebuild_all, worst  # noqa: PLC0415  the engine is slow to import
    from officefleet.continuity.rebuild.rebuild import preview, rebuild  # noqa: PLC0415  see above

    tools = _tools(next(iter(wishes.values())).trust, stop)

    def one(mine: Setting, poste: str) -> None:
        report, mine = reports[poste], replace(mine, person=voices[poste])
        if check:
            preview(mine, tools, wishes[poste], report)
            report.close(_("{poste} could be rebuilt; nothing was changed").format(poste=poste))
            return
        rebuild(mine, tools, wishes[poste], report, only_resume=resume)
        report.close(_("{poste} is rebuilt and proven").format(poste=poste))

    if len(wishes) == 1:
        one(setting, next(iter(wishes)))
        return ExitCode.OK
    ended = rebuild_all(setting, list(wishes), one, stop, parallel=parallel)
    for outcome in ended:
        if outcome.error is not None:
            error = outcome.error
            reports[outcome.poste].failed(error.message, error.hint, int(error.exit_code))
    good = sum(outcome.error is None for outcome in ended)
    setting.person.say(_("{good} of {count} postes: all is well").format(good=good, count=len(ended)))
    return worst(ended)


def _abandon(setting: Setting, names: list[str]) -> int:
    from officefleet.continuity.rebuild.rebuild import abandon  # noqa: PLC0415  the engine is slow to import

    for poste in names:
        one = abandon(setting, poste)
        setting.person.say(
            _(
                "the rebuild of {poste} of {when} is given up; if its restore had begun, its disk does not boot"
            ).format(poste=one.poste, when=one.since)
        )
    return ExitCode.OK


def _must_fit(postes: tuple[str, ...], *, check: bool, resume: bool, abandon: bool) -> None:
    if not postes:
        raise UsageError(_("which poste?"), hint=_("officefleet rebuild o0421-comptoir-1"))
    if sum((check, resume, abandon)) > 1:
        raise UsageError(_("--check, --resume and --abandon exclude one another"))


def _image(text: str) -> tuple[str, int | None]:
    from officefleet.cli.commands._image_common import split_name  # noqa: PLC0415  loads the image library

    return split_name(text)


def _default_trust() -> Path:
    from officefleet.cli.commands._image_common import default_trust  # noqa: PLC0415  see above

    return default_trust()


def _tools(trust: Path, stop: Stop) -> Tools:
    """Return what rebuilds are given: keys of the rescue environment, where host keys are recorded."""
    import threading  # noqa: PLC0415  only here

    import paramiko  # noqa: PLC0415  slow to import
    from paramiko.hostkeys import HostKeyEntry  # noqa: PLC0415  see above

    from officefleet.cli import environment  # noqa: PLC0415  see above
    from officefleet.cli._rescue import netboot_folder  # noqa: PLC0415  see above
    from officefleet.cli.trusting.known_hosts import KnownHosts  # noqa: PLC0415  see above
    from officefleet.continuity.rebuild.journey import RescueDoor, Tools  # noqa: PLC0415  see above
    from officefleet.images.boot.known import RescueKeys  # noqa: PLC0415  see above

    lock = threading.Lock()
    known = RescueKeys(environment.rescue_keys())
    given = os.environ.get("OFFICEFLEET_NETBOOT")
    netboot = netboot_folder(Path(given) if given else None)

    def record(address: str, port: int, line: str) -> None:
        name = address if port == 22 else f"[{address}]:{port}"  # noqa: PLR2004  ssh's own port
        entry = HostKeyEntry.from_line(f"{name} {line}")
        if entry is not None and isinstance(entry.key, paramiko.PKey):
            with lock:
                KnownHosts(environment.recorded_hosts()).record({name: entry.key})

    def armings(poste: str) -> list[str]:
        """Return the MAC addresses with which a poste's network start is armed."""
        if not netboot.is_dir():
            return []
        from officefleet.images.boot.netboot import armed  # noqa: PLC0415  see above

        return [one.mac for one in armed(netboot) if one.host == poste]

    def arrived(poste: str) -> None:
        from officefleet.images.boot.netboot import disarm  # noqa: PLC0415  see above

        for mac in armings(poste):
            disarm(netboot, mac)

    door = RescueDoor(host_keys=known.of, armed=lambda poste: bool(armings(poste)), arrived=arrived)
    return Tools(door=door, record_key=record, trust=trust, stopped=stop)
