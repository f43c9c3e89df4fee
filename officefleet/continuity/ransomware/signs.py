"""Tells a backup generation that ransomware has been through from one that it has not.

A generation is compared with the one before it. One sign alone can be a busy day; what ransomware does to files shows in
several at once, or in a canary, which nobody has a reason to touch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENCRYPTED = 7.9
"""Bits a byte from which on 4 KiB or more look encrypted (uniformly random bytes of that length have about 7.95)."""

_DENSE = frozenset(
    [
        ".7z",
        ".avi",
        ".bz2",
        ".docx",
        ".flac",
        ".gif",
        ".gz",
        ".jar",
        ".jpeg",
        ".jpg",
        ".m4a",
        ".mkv",
        ".mp3",
        ".mp4",
        ".odp",
        ".ods",
        ".odt",
        ".ogg",
        ".pdf",
        ".png",
        ".pptx",
        ".rar",
        ".webm",
        ".webp",
        ".xlsx",
        ".xz",
        ".zip",
        ".zst",
        ".dcm",
        ".heic",
        ".age",
        ".gpg",
        ".kdbx",
    ]
)
_FEW = 5  # files below which a share means nothing
_NOTE_FOLDERS = 3  # folders with one and the same small new file
_NOTE_SIZE = 64 * 1024  # bytes; a ransom note is read by a person


class Verdict(StrEnum):
    """What a generation is."""

    CLEAN = "clean"
    SUSPECT = "suspect"
    ENCRYPTED = "encrypted"

    @property
    def weight(self) -> int:
        """How bad it is."""
        return list(Verdict).index(self)


class Sign(StrEnum):
    """What was seen."""

    CANARY = "canary"  # a canary file is gone or other
    RENAMED = "renamed"  # many files have the same new ending after their old name
    RANDOM = "random"  # many files that were no random bytes now are
    NOTE = "note"  # the same small new file in many folders
    GONE = "gone"  # many files are gone
    REWRITTEN = "rewritten"  # most files are other than they were


@dataclass(frozen=True, slots=True)
class File:
    """One file of a generation.

    Attributes:
        size: bytes.
        modified: as the backup has it; only compared.

    """

    size: int
    modified: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of a backup.

    Attributes:
        id: of the snapshot.
        files: path to file.
        random: of the files whose content was looked at, whether it looks encrypted.
        canaries: path to whether it is as it was planted.

    """

    id: str
    files: Mapping[str, File]
    random: Mapping[str, bool] = field(default_factory=dict)
    canaries: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign.

    Attributes:
        count: files that show it.
        of: files that could have.
        example: one of them, or the ending.

    """

    sign: Sign
    count: int
    of: int
    example: str

    @property
    def share(self) -> float:
        """How many of those that could have, 0 to 1."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class _Limit:
    """From which share on a sign makes a generation suspect, and from which on it condemns it; None: never alone."""

    suspect: float
    condemn: float | None


_LIMITS = {
    Sign.CANARY: _Limit(0.0, 0.5),
    Sign.RENAMED: _Limit(0.05, 0.2),
    Sign.RANDOM: _Limit(0.1, 0.3),
    Sign.NOTE: _Limit(0.0, None),
    Sign.GONE: _Limit(0.5, None),
    Sign.REWRITTEN: _Limit(0.6, None),
}
TELLING = frozenset({Sign.CANARY, Sign.RENAMED, Sign.RANDOM})
"""What hardly anything but encryption does; a migration of the LGO rewrites, removes and adds as well."""


def is_dense(path: str) -> bool:
    """Return whether a healthy file of this name looks random, too: it is compressed or encrypted on purpose."""
    return PurePosixPath(path).suffix.lower() in _DENSE


def judge(findings: Sequence[Finding]) -> Verdict:
    """Return what signs amount to: one telling sign in many files, or a telling sign in company, condemns."""
    seen = [one for one in findings if one.count and one.share > _LIMITS[one.sign].suspect]
    telling = [one for one in seen if one.sign in TELLING]
    for one in telling:
        limit = _LIMITS[one.sign].condemn
        if len(seen) > 1 or (limit is not None and one.share >= limit):
            return Verdict.ENCRYPTED
    return Verdict.SUSPECT if seen else Verdict.CLEAN


def compare(before: Generation, after: Generation) -> list[Finding]:
    """Return the signs in a generation, seen against an earlier one that is taken as good.

    Files that the earlier one had random already are not counted as having become so.
    """
    found = [
        _canaries(before, after),
        _renamed(before, after),
        _random(before, after),
        _notes(before, after),
        _gone(before, after),
        _rewritten(before, after),
    ]
    return [one for one in found if one is not None]


def alone(generation: Generation) -> list[Finding]:
    """Return the signs in a generation that has nothing before it: canaries, and files random against their ending."""
    plain = {path: value for path, value in generation.random.items() if not is_dense(path)}
    hits = sorted(path for path, value in plain.items() if value)
    random = Finding(Sign.RANDOM, len(hits), len(plain), hits[0]) if len(hits) >= _FEW else None
    return [one for one in (_canaries(generation, generation), random) if one is not None]


def _canaries(before: Generation, after: Generation) -> Finding | None:
    """Count the canaries that are other than they were planted, or gone."""
    known = before.canaries.keys() | after.canaries.keys()
    bad = sorted(path for path in known if not after.canaries.get(path, False))
    return Finding(Sign.CANARY, len(bad), len(known), bad[0]) if bad else None


def _renamed(before: Generation, after: Generation) -> Finding | None:
    """Count files that are gone while their name with more behind it is new; the commonest ending counts."""
    gone = before.files.keys() - after.files.keys()
    endings: Counter[str] = Counter()
    for path in after.files.keys() - before.files.keys():
        parent, ending = _old_name(path, gone)
        if parent:
            endings[ending] += 1
    if not endings:
        return None
    ending, count = endings.most_common(1)[0]
    return Finding(Sign.RENAMED, count, len(before.files), ending) if count >= _FEW else None


def _old_name(path: str, gone: set[str]) -> tuple[str, str]:
    """Return which file that is gone a new one was, and what was put behind its name; ("", "") for none."""
    name = PurePosixPath(path)
    while name.suffix:
        shorter = name.with_suffix("")
        if str(shorter) in gone:
            return str(shorter), path[len(str(shorter)) :]
        name = shorter
    return "", ""


def _random(before: Generation, after: Generation) -> Finding | None:
    gone = before.files.keys() - after.files.keys()
    hits, could = [], 0
    for path, random in after.random.items():
        old = path if path in before.files else _old_name(path, gone)[0]
        if is_dense(old or path) or before.random.get(old, False):
            continue
        could += 1
        if random:
            hits.append(path)
    return Finding(Sign.RANDOM, len(hits), could, min(hits)) if len(hits) >= _FEW else None


def _notes(before: Generation, after: Generation) -> Finding | None:
    """Find a small new file that lies in many folders under one name and of one size."""
    folders: dict[tuple[str, int], set[str]] = {}
    for path in after.files.keys() - before.files.keys():
        size = after.files[path].size
        if 0 < size <= _NOTE_SIZE:
            folders.setdefault((PurePosixPath(path).name, size), set()).add(str(PurePosixPath(path).parent))
    if not folders:
        return None
    (name, _size), places = max(folders.items(), key=lambda one: (len(one[1]), one[0]))
    total = len({str(PurePosixPath(path).parent) for path in after.files})
    return Finding(Sign.NOTE, len(places), total, name) if len(places) >= _NOTE_FOLDERS else None


def _gone(before: Generation, after: Generation) -> Finding | None:
    gone = sorted(before.files.keys() - after.files.keys())
    return Finding(Sign.GONE, len(gone), len(before.files), gone[0]) if len(gone) >= _FEW else None


def _rewritten(before: Generation, after: Generation) -> Finding | None:
    both = before.files.keys() & after.files.keys()
    other = sorted(path for path in both if before.files[path] != after.files[path])
    return Finding(Sign.REWRITTEN, len(other), len(both), other[0]) if len(other) >= _FEW else None
