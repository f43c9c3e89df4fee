"""Shows what a search for the last clean backup found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from officefleet.continuity.ransomware.signs import Sign, Verdict
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.continuity.ransomware.generations import Search
    from officefleet.continuity.ransomware.signs import Finding


def draw(found: Search, host: str) -> str:
    """Return the search as text, a line a snapshot, oldest first."""
    verdicts = {
        Verdict.CLEAN: _("clean"),
        Verdict.SUSPECT: _("suspect"),
        Verdict.ENCRYPTED: _("ENCRYPTED"),
    }
    lines = []
    for one in found.judged:
        when = one.snapshot.time.astimezone().strftime("%Y-%m-%d %H:%M")
        signs = "; ".join(sentence(sign) for sign in one.findings)
        lines.append(f"{when}  {one.snapshot.id[:8]}  {verdicts[one.verdict]:<10} {signs}".rstrip())
    if found.clean is None:
        lines.append(_("no clean backup of {host} is there: try a disk that was unplugged").format(host=host))
    else:
        when = found.clean.time.astimezone().strftime("%Y-%m-%d %H:%M")
        lines.append(
            _("last clean backup: {snapshot} of {when}").format(snapshot=found.clean.id[:8], when=when)
        )
    return "\n".join(lines) + "\n"


def as_data(found: Search) -> str:
    """Return the search as JSON."""
    clean = found.clean
    whole = {
        "clean": {"id": clean.id, "original": clean.original, "time": clean.time.isoformat()}
        if clean
        else None,
        "judged": [
            {
                "id": one.snapshot.id,
                "time": one.snapshot.time.isoformat(),
                "verdict": one.verdict.value,
                "signs": [
                    {"sign": sign.sign.value, "count": sign.count, "of": sign.of, "example": sign.example}
                    for sign in one.findings
                ],
            }
            for one in found.judged
        ],
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def sentence(finding: Finding) -> str:
    """Return a sign as a few words."""
    texts = {
        Sign.CANARY: _("{count} of {of} canary files changed or gone"),
        Sign.RENAMED: _("{count} of {of} files renamed to *{example}"),
        Sign.RANDOM: _("{count} of {of} files looked at have become random"),
        Sign.NOTE: _("the same new file {example} in {count} folders"),
        Sign.GONE: _("{count} of {of} files gone"),
        Sign.REWRITTEN: _("{count} of {of} files rewritten"),
    }
    example = "".join(one for one in finding.example if one.isprintable())[:80]
    return texts[finding.sign].format(count=finding.count, of=finding.of, example=example)
