"""The state of a pharmacy's WAN link: perfect, slow, lossy or cut."""

from __future__ import annotations

import re
from dataclasses import dataclass

from officefleet.errors import UsageError
from officefleet.i18n import _

_DELAY = re.compile(r"(\d+(?:\.\d+)?)(ms|s)")
_LOSS = re.compile(r"(\d+(?:\.\d+)?)%")


@dataclass(frozen=True)
class Wan:
    """The same in both directions; the default is a perfect link.

    Attributes:
        cut: nothing passes; packets vanish, as when a line breaks far away.
        delay_ms: added to each packet one way, in milliseconds; a round trip takes twice as long.
        loss_percent: share of packets lost one way, 0 to 100.
        rate_mbit: speed one way in Mbit/s; 0 means unlimited.

    """

    cut: bool = False
    delay_ms: float = 0
    loss_percent: float = 0
    rate_mbit: float = 0

    @property
    def perfect(self) -> bool:
        """Whether packets pass as they come."""
        return self == Wan()

    def __str__(self) -> str:
        """Return what a person reads, e.g. ``"40ms, 1% lost"``."""
        if self.cut:
            return _("cut")
        parts = []
        if self.delay_ms:
            parts.append(f"{self.delay_ms:g}ms")
        if self.loss_percent:
            parts.append(_("{share:g}% lost").format(share=self.loss_percent))
        if self.rate_mbit:
            parts.append(f"{self.rate_mbit:g} Mbit/s")
        return ", ".join(parts) or _("perfect")


def parse_wan(*, delay: str = "0ms", loss: str = "0%", rate_mbit: float = 0, cut: bool = False) -> Wan:
    """Read a link's state from a command line's words.

    Args:
        delay: ``"40ms"`` or ``"0.04s"``.
        loss: ``"1%"``.
        rate_mbit: Mbit/s; 0 means unlimited.
        cut: nothing passes.

    Raises:
        UsageError: a word is malformed, or more than 100 % lost.

    """
    time, share = _DELAY.fullmatch(delay), _LOSS.fullmatch(loss)
    if time is None:
        raise UsageError(_("{word!r} is no delay.").format(word=delay), hint=_("Write 40ms or 0.04s."))
    if share is None or float(share[1]) > 100:  # noqa: PLR2004  percent
        raise UsageError(_("{word!r} is no loss.").format(word=loss), hint=_("Write 0% to 100%."))
    factor = 1000 if time[2] == "s" else 1
    return Wan(cut=cut, delay_ms=float(time[1]) * factor, loss_percent=float(share[1]), rate_mbit=rate_mbit)
