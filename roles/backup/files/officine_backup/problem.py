"""What goes wrong, as a code that the head office has a sentence for."""

from __future__ import annotations

RESTIC_SAYS = (  # of restic's and the operating system's own words; the first that is found decides
    ("wrong password or no key found", "key-wrong"),
    ("ciphertext verification failed", "damaged"),
    ("invalid data returned", "damaged"),
    ("hash does not match", "damaged"),
    ("does not match id", "damaged"),
    ("pack contains", "damaged"),
    ("tree is not in the index", "damaged"),
    ("no such file or directory: data/", "damaged"),
    ("repository contains errors", "damaged"),
    ("no space left on device", "disk-full"),
    ("disk quota exceeded", "disk-full"),
    ("read-only file system", "disk-read-only"),
    ("401 unauthorized", "refused"),
    ("unexpected http response (401)", "refused"),
    ("403 forbidden", "append-only"),
    ("x509", "nas-forged"),
    ("already locked", "locked"),
    ("is there a repository at the following location", "no-repository"),
    ("connection refused", "nas-gone"),
    ("no route to host", "nas-gone"),
    ("i/o timeout", "nas-gone"),
    ("network is unreachable", "nas-gone"),
    ("connection reset by peer", "nas-gone"),
    ("unexpected http response (500)", "nas-refuses"),
    ("500 internal server error", "nas-refuses"),
    ("input/output error", "disk-gone"),
)


class BackupProblem(Exception):  # noqa: N818  the name says what it is to the person
    """Something that stops a backup, a restore or a drill.

    Args:
        code: e.g. ``"nas-gone"``.
        facts: what the sentence names; never a secret.

    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def to_json(self) -> dict[str, object]:
        """Return the problem as plain data."""
        return {"code": self.code, "facts": self.facts}


def of_restic(said: str) -> BackupProblem:
    """Return what restic's last words mean; unknown ones are passed on, shortened."""
    low = said.lower()
    for words, code in RESTIC_SAYS:
        if words in low:
            return BackupProblem(code)
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(("\t", " "))]
    return BackupProblem("restic-failed", said=(lines[0] if lines else "")[:300])
