"""Waves and limits: pure functions over counts and shares."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from officefleet.errors import UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARE = re.compile(r"(?P<number>[0-9]{1,7}(?:\.[0-9]{1,4})?)(?P<percent>%?)")
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Share:
    """A number of pharmacies, or a share of them in percent."""

    number: Fraction
    percent: bool

    def of(self, total: int) -> int:
        """Return how many of `total` that is: at least one, rounded up."""
        if self.percent:
            return max(1, math.ceil(total * self.number / _WHOLE))
        return int(self.number)

    def __str__(self) -> str:
        """Return it as it is written on the command line."""
        number = int(self.number) if self.number.denominator == 1 else float(self.number)
        return f"{number}%" if self.percent else str(number)


def parse_share(text: str) -> Share:
    """Return what ``3`` or ``10%`` says.

    Raises:
        UsageError: neither.

    """
    match = _SHARE.fullmatch(text.strip())
    number = Fraction(match["number"]) if match else Fraction(0)
    percent = bool(match and match["percent"])
    if number <= 0 or (percent and number > _WHOLE) or (not percent and number.denominator != 1):
        raise UsageError(
            _("{text!r} is neither a number above 0 nor a share up to 100%").format(text=text),
            hint=_("for example 3 or 10%"),
        )
    return Share(number, percent)


def parse_waves(text: str) -> tuple[Share, ...]:
    """Return what ``--waves`` says: ``1,10%,100%`` is one pharmacy, then up to a tenth of all, then all.

    Raises:
        UsageError: malformed, shrinking, or some pharmacies would never have their turn.

    """
    shares = tuple(parse_share(part) for part in text.split(","))
    if not shares[-1].percent or shares[-1].number != _WHOLE:
        raise UsageError(
            _("the last wave must be 100%, else some pharmacies would be left out"),
            hint=_("--waves {text},100%").format(text=text),
        )
    for kind in (True, False):
        sizes = [one.number for one in shares if one.percent is kind]
        if sizes != sorted(set(sizes)):
            raise UsageError(
                _("each wave must reach further than the one before: {text}").format(text=text),
                hint=_("a wave says how many pharmacies have had their turn when it ends: 1,10%,100%"),
            )
    return shares


def plan_waves(
    pharmacies: Sequence[str], canaries: Sequence[str], shares: Sequence[Share]
) -> list[list[str]]:
    """Return the pharmacies of each wave, in the order in which they start.

    The order is that of `pharmacies`, canaries first. The first wave is all canaries, or as many pharmacies as
    the first share says when none is a canary. Waves that would add nobody are left out.

    Args:
        pharmacies: ids, each once.
        canaries: those of them that come first.
        shares: how far each wave reaches (see `parse_waves`).

    """
    marked = set(canaries)
    first = [one for one in pharmacies if one in marked]
    order = first + [one for one in pharmacies if one not in marked]
    waves: list[list[str]] = []
    begun = 0
    for number, share in enumerate(shares):
        reach = len(first) if first and number == 0 else min(len(order), share.of(len(order)))
        if reach > begun:
            waves.append(order[begun:reach])
            begun = reach
    if begun < len(order):  # the canaries took the place of the only share
        waves.append(order[begun:])
    return waves


def too_many(limit: Share, failed: int, size: int) -> bool:
    """Return whether `failed` of a wave's `size` pharmacies reach the limit that stops a rollout."""
    if not failed:
        return False
    return failed * _WHOLE >= limit.number * size if limit.percent else failed >= limit.number
