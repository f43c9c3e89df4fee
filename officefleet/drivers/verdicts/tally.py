"""Counts the bits of many bit sets at once, one counter a bit, without looking at single bits."""

from __future__ import annotations


class Tally:
    """A counter for each bit; plane k holds the k-th binary digit of every counter.

    Adding a set is adding 1 in every chosen counter at once: the carries ripple through the planes, two
    whole-number operations on average.
    """

    def __init__(self) -> None:
        self._planes: list[int] = []

    def add(self, mask: int, times: int = 1) -> None:
        """Add `times` to the counter of each bit that is set."""
        plane = 0
        while times:
            if times & 1:
                self._add_at(mask, plane)
            times >>= 1
            plane += 1

    def _add_at(self, carry: int, plane: int) -> None:
        planes = self._planes
        while carry:
            while plane >= len(planes):
                planes.append(0)
            planes[plane], carry = planes[plane] ^ carry, planes[plane] & carry
            plane += 1

    def counts(self) -> list[tuple[int, int]]:
        """Return (bit, count) of each bit that was ever set, the most frequent first."""
        every = 0
        for plane in self._planes:
            every |= plane
        found = [
            (bit, sum((plane >> bit & 1) << digit for digit, plane in enumerate(self._planes)))
            for bit in range(every.bit_length())
            if every >> bit & 1
        ]
        return sorted(found, key=lambda one: (-one[1], one[0]))
