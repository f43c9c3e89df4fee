"""The file for the CNIL and the insurer: what is known, filled in; what only a person knows, left open.

In French whatever the user's language is: its readers are French authorities. Time limits: 72 hours from the discovery
for the notice to the CNIL (GDPR, article 33) and for the complaint on which insurance cover depends (Code des
assurances, article L12-10-1, since the law of 24 January 2023).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from officefleet.continuity.ransomware.recovery import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.continuity.ransomware.recovery import Fact, Recovery
    from officefleet.models import Machine, Pharmacy

LIMIT = dt.timedelta(hours=72)
_TEMPLATES = Path(__file__).parent / "templates"
_SIGNS = {
    "canary": "{count} fichiers témoins sur {of} modifiés ou disparus",
    "renamed": "{count} fichiers sur {of} renommés en *{example}",
    "random": "{count} fichiers sur {of} examinés devenus illisibles (aléatoires)",
    "note": "un même fichier « {example} » dans {count} dossiers",
    "gone": "{count} fichiers sur {of} disparus",
    "rewritten": "{count} fichiers sur {of} réécrits",
}
_WORDS = {
    Kind.ISOLATED: "Poste isolé du réseau",
    Kind.EVIDENCE: "Preuves recueillies",
    Kind.CLEAN: "Dernière sauvegarde saine retenue",
    Kind.REBUILT: "Poste reconstruit depuis l'image de référence",
    Kind.RESTORED: "Données restaurées",
    Kind.ROTATED: "Secrets renouvelés",
    Kind.PROVEN: "Poste vérifié",
    Kind.NOTE: "Note",
}


@dataclass(frozen=True, slots=True)
class Dossier:
    """What the template shows; times are the pharmacy's own.

    Attributes:
        lost_from, lost_to: time whose changes no clean backup holds; None while that is not known.
        hours_down: from the discovery until the poste was proven.

    """

    recovery: Recovery
    pharmacy: Pharmacy
    machine: Machine | None
    discovered: dt.datetime
    deadline: dt.datetime
    events: Sequence[tuple[dt.datetime, str, str, str]]
    evidence: Sequence[Mapping[str, Any]]
    judged: Sequence[Mapping[str, Any]]
    clean: Mapping[str, Any] | None
    lost_from: dt.datetime | None
    lost_to: dt.datetime
    hours_down: float | None
    rotated: Sequence[str]
    missing: Sequence[str]


def compile_dossier(
    recovery: Recovery, facts: Sequence[Fact], pharmacy: Pharmacy, machine: Machine | None
) -> Dossier:
    """Return what is known of a recovery."""
    zone = ZoneInfo(pharmacy.timezone)
    clean = _last(facts, Kind.CLEAN)
    proven = _last(facts, Kind.PROVEN)
    since = None
    if clean is not None and clean.value.get("time"):
        since = dt.datetime.fromisoformat(str(clean.value["time"])).astimezone(zone)
    done = {one.kind for one in facts}
    return Dossier(
        recovery=recovery,
        pharmacy=pharmacy,
        machine=machine,
        discovered=recovery.discovered.astimezone(zone),
        deadline=(recovery.discovered + LIMIT).astimezone(zone),
        events=[
            (one.at.astimezone(zone), _WORDS[one.kind], _said(one.value), one.user)
            for one in facts
            if one.kind is not Kind.JUDGED
        ],
        evidence=[one for fact in facts if fact.kind is Kind.EVIDENCE for one in fact.value.get("files", ())],
        judged=[
            {
                **fact.value,
                "time": dt.datetime.fromisoformat(str(fact.value["time"])).astimezone(zone),
                "signs": [_SIGNS[one["sign"]].format(**one) for one in fact.value["signs"]],
            }
            for fact in facts
            if fact.kind is Kind.JUDGED
        ],
        clean=clean.value if clean else None,
        lost_from=since,
        lost_to=recovery.discovered.astimezone(zone),
        hours_down=(proven.at - recovery.discovered).total_seconds() / 3600 if proven else None,
        rotated=[
            str(one) for fact in facts if fact.kind is Kind.ROTATED for one in fact.value.get("what", ())
        ],
        missing=[_WORDS[kind] for kind in _WORDS if kind is not Kind.NOTE and kind not in done],
    )


def render(dossier: Dossier, *, now: dt.datetime) -> str:
    """Return the dossier as one HTML page that prints well and holds nothing from outside."""
    import jinja2  # noqa: PLC0415  slow to import

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["moment"] = _moment
    page = environment.get_template("dossier.html.j2")
    return page.render(d=dossier, now=now.astimezone(ZoneInfo(dossier.pharmacy.timezone)))


def _last(facts: Sequence[Fact], kind: Kind) -> Fact | None:
    return next((one for one in reversed(facts) if one.kind is kind), None)


def _said(value: Mapping[str, Any]) -> str:
    """Return a fact in short: its own text, else its plain values."""
    if "text" in value:
        return str(value["text"])
    return ", ".join(f"{name} : {one}" for name, one in value.items() if isinstance(one, str | int | float))


def _moment(when: dt.datetime) -> str:
    return when.strftime("%d/%m/%Y %H:%M")
