"""``officefleet rollout``: playbooks over many pharmacies, in waves, while they are closed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.cli.rollout_flags import RolloutFlags, check_flags, rollout_name
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.rollout.store import Record, Store

command = App(name="rollout", help="Play playbooks on many pharmacies, in waves, while they are closed.")
_DEFAULTS = RolloutFlags()


@command.default
def start(*playbooks: str, flags: RolloutFlags = _DEFAULTS) -> int:
    """Play playbooks on many pharmacies in waves; a wave begins when the one before has gone well.

    Pharmacies that are open or do not answer are deferred to their next closed time; --resume goes on with them.
    Exit code 2 when a pharmacy failed or the driver gate left a machine out, 4 when pharmacies are deferred.

    Args:
        playbooks: Files to play, in this order; not needed with --resume.
        flags: See `RolloutFlags`.

    """
    from officefleet.cli.rollouts.begin import rollout  # noqa: PLC0415  the engine is slow to import
    from officefleet.cli.vaulting.guard import guarded  # noqa: PLC0415  see above
    from officefleet.engine.masking import Mask  # noqa: PLC0415  see above

    check_flags(flags)
    name = rollout_name(flags, playbooks)
    if not playbooks and not flags.resumes:
        raise UsageError(_("no playbook"), hint=_("officefleet rollout playbooks/site.yml -l groupement_x"))
    mask = Mask()
    with guarded(mask):
        return rollout(name, playbooks, flags, mask)


@command.command
def status(
    name: str = "",
    *,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")] = False,
) -> int:
    """Show rollouts; of one that is named, or the only one, every pharmacy that is not done.

    Args:
        name: The rollout.
        as_json: JSON instead of text, with every pharmacy.

    """
    from officefleet.cli.rollouts.places import store_path  # noqa: PLC0415  not needed by --help
    from officefleet.rollout.store import Store  # noqa: PLC0415  see above

    path = store_path()
    if not path.exists():
        sys.stdout.write("[]\n" if as_json else _("No rollout yet.") + "\n")
        return ExitCode.OK
    store = Store(path)
    try:
        found = store.latest()
        if name:
            found = [one for one in found if one.name == name]
        if name and not found:
            raise UsageError(_("there is no rollout {name!r}").format(name=name), hint=_near(store, name))
        _print(store, found, as_json=as_json, whole=bool(name) or len(found) == 1)
    finally:
        store.close()
    return ExitCode.OK


def _near(store: Store, name: str) -> str:
    from officefleet.errors import nearest  # noqa: PLC0415  rarely needed

    close = nearest(name, [one.name for one in store.latest()])
    return _("did you mean {name}?").format(name=close) if close else ""


def _print(store: Store, records: list[Record], *, as_json: bool, whole: bool) -> None:
    from officefleet.rollout import report  # noqa: PLC0415  see above
    from officefleet.rollout.lock import RolloutLock  # noqa: PLC0415  see above
    from officefleet.rollout.states import PharmacyState  # noqa: PLC0415  see above

    alive = {one.id: RolloutLock(store.path, one.name).is_held() for one in records}
    if as_json:
        data = [
            report.to_json(one, store.counts(one.id), store.entries(one.id), under_way=alive[one.id])
            for one in records
        ]
        json.dump(data, sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return
    for one in records:
        lines = [report.head_line(one, under_way=alive[one.id]), *report.wave_lines(store.counts(one.id))]
        if whole:
            for entry in store.entries(one.id):
                if entry.state not in (PharmacyState.DONE, PharmacyState.PENDING):
                    lines += report.entry_lines(entry)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    if not records:
        sys.stdout.write(_("No rollout yet.") + "\n")
