"""What a rollout shows: a line for each wave and for each pharmacy's turn."""

from __future__ import annotations

import datetime as dt
import sys
import threading
from typing import TYPE_CHECKING

from officefleet.i18n import _, ngettext
from officefleet.rollout.hours import OpeningTimes
from officefleet.rollout.report import moment, turn_lines, wave_line
from officefleet.rollout.states import WaveCounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from officefleet.inventory import Inventory
    from officefleet.rollout.states import Job, Outcome

_LEAST = dt.timedelta(minutes=1)


class Screen:
    """Shows what happens; warnings may come from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def lines(self, lines: Iterable[str]) -> None:
        """Show lines."""
        with self._lock:
            sys.stdout.writelines(f"{line}\n" for line in lines)
            sys.stdout.flush()

    def warn(self, text: str) -> None:
        """Show what is not part of the rollout."""
        with self._lock:
            sys.stderr.write(text + "\n")

    def wave_begins(self, wave: WaveCounts, waves: int) -> None:
        """Show that a wave begins."""
        self.lines([wave_line(wave, waves)])

    def turn_ended(self, job: Job, outcome: Outcome) -> None:
        """Show how a pharmacy's turn ended."""
        self.lines(turn_lines(job, outcome))

    def waiting(self, until: dt.datetime) -> None:
        """Show until when nothing can be done."""
        self.lines([_("Waiting until {when}.").format(when=moment(until))])

    def finishing(self, pharmacies: int) -> None:
        """Show that the end waits for pharmacies under way."""
        if pharmacies:
            self.warn(
                ngettext(
                    "{count} pharmacy under way is finished first; Ctrl-C again ends it, too.",
                    "{count} pharmacies under way are finished first; Ctrl-C again ends them, too.",
                    pharmacies,
                ).format(count=pharmacies)
            )

    def ending(self) -> None:
        """Show that pharmacies under way end as soon as they can."""
        self.warn(_("Each machine ends after the tasks that it has been sent."))


def print_waves(inventory: Inventory, waves: list[list[Job]]) -> None:
    """Show who is in which wave, and when each pharmacy is next closed."""
    now = dt.datetime.now(tz=dt.UTC)
    for number, wave in enumerate(waves):
        sys.stdout.write(wave_line(WaveCounts(number, len(wave), 0, 0), len(waves)) + "\n")
        for job in wave:
            quiet = OpeningTimes(inventory.pharmacy(job.pharmacy)).quiet(now, _LEAST)
            when = _("never closed") if quiet is None else _("closed now")
            if quiet is not None and quiet.start > now:
                when = _("closed from {when} on").format(when=moment(quiet.start))
            machines = ngettext("{count} machine", "{count} machines", len(job.hosts)).format(
                count=len(job.hosts)
            )
            sys.stdout.write(f"  {job.pharmacy}: {machines}; {when}\n")
