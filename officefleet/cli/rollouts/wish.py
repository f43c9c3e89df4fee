"""What a rollout is to do: from the command line, or with ``--resume`` from what was written down."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from officefleet.cli import environment
from officefleet.cli.rollout_flags import NEEDS, STOP_AFTER, WAVES
from officefleet.errors import RunError, UsageError
from officefleet.i18n import _
from officefleet.rollout.waves import parse_share, parse_waves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from officefleet.cli.rollout_flags import RolloutFlags
    from officefleet.engine.options import Options
    from officefleet.rollout.store import Record


@dataclass(frozen=True, slots=True)
class Wish:
    """What a rollout is to do, as plain data.

    Attributes:
        playbooks: absolute paths.
        inventory: sources, those that are paths absolute.
        at: "closed" or "any".
        needs: minutes.

    """

    playbooks: list[str]
    inventory: list[str]
    limit: str
    waves: str
    stop_after: str
    at: str
    needs: int
    update: str
    check: bool


def new_wish(playbooks: tuple[str, ...], flags: RolloutFlags) -> Wish:
    """Return what the command line asks for.

    Raises:
        UsageError: a playbook that does not exist, a malformed share.

    """
    for name in playbooks:
        if not Path(name).is_file():
            raise UsageError(_("there is no playbook {file}").format(file=name))
    waves = flags.waves or WAVES
    parse_waves(waves)
    return Wish(
        playbooks=[str(Path(name).resolve()) for name in playbooks],
        inventory=_absolute(environment.inventory_sources(flags.inventory)),
        limit=flags.limit,
        waves=waves,
        stop_after=str(parse_share(flags.stop_after or STOP_AFTER)),
        at=flags.at or "closed",
        needs=flags.needs or NEEDS,
        update=flags.update,
        check=flags.check,
    )


def resumed_wish(record: Record, playbooks: tuple[str, ...], flags: RolloutFlags) -> Wish:
    """Return what a rollout was begun with; how it goes about it may be another way now.

    Raises:
        UsageError: the command line asks for other playbooks, pharmacies, or another update.

    """
    kept: dict[str, Any] = {name: record.settings[name] for name in Wish.__dataclass_fields__}
    given = {
        "playbooks": [str(Path(name).resolve()) for name in playbooks],
        "limit": flags.limit,
        "update": flags.update,
    }
    for name, value in given.items():
        if value and value != kept[name]:
            raise UsageError(
                _("the rollout {name} was begun with another {what}: {value}").format(
                    name=record.name, what=_what(name), value=_shown(kept[name])
                ),
                hint=_("leave it out to go on, or begin another rollout with --name"),
            )
    if flags.check and not kept["check"]:
        raise UsageError(_("the rollout {name} is not in check mode").format(name=record.name))
    changes: dict[str, Any] = {
        "inventory": _absolute(flags.inventory) if flags.inventory else None,
        "stop_after": str(parse_share(flags.stop_after)) if flags.stop_after else None,
        "at": "closed" if flags.outside_hours else flags.at,
        "needs": flags.needs,
    }
    return Wish(**{**kept, **{name: value for name, value in changes.items() if value is not None}})


def settings(wish: Wish, options: Options) -> dict[str, Any]:
    """Return what is written down of a rollout; of extra variables only the names: they may be secret."""
    return {**asdict(wish), "kept": kept_options(options)}


def must_be_same(record: Record, options: Options, content: str, *, anyway: bool) -> None:
    """Refuse to go on with other playbooks or options: pharmacies that are done would differ.

    Raises:
        RunError: they have changed.

    """
    same = content == record.content
    kept: Mapping[str, Any] = record.settings["kept"]
    if not anyway and (not same or kept != kept_options(options)):
        what = _("the options") if same else _("the playbooks or their roles")
        raise RunError(
            _(
                "{what} have changed since the rollout {name} began: pharmacies that are done would differ"
            ).format(what=what, name=record.name),
            hint=_("begin again with --anew, or accept that with --resume-anyway"),
        )


def kept_options(options: Options) -> dict[str, Any]:
    """Return what of the options makes a rollout another one."""
    return {
        "tags": sorted(options.tags),
        "skip_tags": sorted(options.skip_tags),
        "extra_vars": sorted(str(name) for name in options.extra_vars),
    }


def _absolute(sources: list[str]) -> list[str]:
    return [str(Path(one).resolve()) if Path(one).exists() else one for one in sources]


def _what(name: str) -> str:
    return {"playbooks": _("playbook"), "limit": _("limit"), "update": _("update")}[name]


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else value or _("none")
