"""Canary files: documents that nobody needs, so that whatever changes them is up to no good.

Their content follows from the machine's name and the file's own, so that it can be checked on a machine, in a backup
and after a restore without keeping a copy of it anywhere; and it is readable text, so that encryption shows.
"""

from __future__ import annotations

import hashlib

NAMES = (
    "!ordonnances-2019.csv",
    "comptabilite-archive.csv",
    "inventaire-stupefiants.csv",
    "zz-fournisseurs.csv",
)
"""The first and the last of a folder's listing among them: what encrypts goes from one end to the other."""

_LINES = 400
_WORDS = (
    "boite", "carton", "commande", "date", "facture", "flacon", "grossiste", "lot", "numero", "prix", "rayon",
    "reference", "retour", "stock", "taux", "unite",
)  # fmt: skip


def content(machine: str, name: str) -> bytes:
    """Return what a canary of a machine holds: about 20 kB of lines that look like a table."""
    lines = []
    for number in range(_LINES):
        digest = hashlib.sha256(f"{machine}/{name}/{number}".encode()).digest()
        words = ";".join(_WORDS[byte % len(_WORDS)] for byte in digest[:6])
        lines.append(f"{number:04d};{words};{int.from_bytes(digest[6:9], 'big') / 100:.2f}\n")
    return "".join(lines).encode()


def digest(machine: str, name: str) -> str:
    """Return the SHA-256 of a canary's content, in hexadecimal."""
    return hashlib.sha256(content(machine, name)).hexdigest()
