"""Where the models of loaded pharmacies are kept: as JSON, made into objects when asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from officefleet.models import Pharmacy

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT = 512


class Blobs(Protocol):
    """Gives the JSON of a pharmacy's model by its id."""

    def __getitem__(self, pharmacy_id: str, /) -> bytes:
        """Return the JSON; KeyError when the pharmacy is not loaded."""
        ...


class PharmacyStore:
    """Makes pharmacies from their JSON on demand and keeps the last few hundred."""

    def __init__(self, blobs: Blobs, reread: Callable[[str], bytes]) -> None:
        self._blobs = blobs
        self._reread = reread
        self._made: dict[str, Pharmacy] = {}
        self._lock = threading.Lock()

    def __getitem__(self, pharmacy_id: str) -> Pharmacy:
        """Return a pharmacy; KeyError when it is not loaded."""
        with self._lock:
            found = self._made.get(pharmacy_id)
            if found is None:
                found = self._make(pharmacy_id)
                if len(self._made) >= _KEPT:
                    del self._made[next(iter(self._made))]
                self._made[pharmacy_id] = found
            return found

    def json(self, pharmacy_id: str) -> bytes:
        """Return the JSON of a pharmacy's model, fields at their default left out; KeyError when not loaded."""
        return self._blobs[pharmacy_id] or self._reread(pharmacy_id)

    def _make(self, pharmacy_id: str) -> Pharmacy:
        blob = self._blobs[pharmacy_id]
        try:
            return Pharmacy.model_validate_json(blob)
        except ValueError:  # a damaged cache: the file itself decides
            return Pharmacy.model_validate_json(self._reread(pharmacy_id))
