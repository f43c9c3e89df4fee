"""The error tree of officefleet: every error has a code, an optional place and one hint.

::

    OfficefleetError
    ├── UsageError            the command line is wrong
    ├── ProblemsError          several errors found in one pass
    ├── SourceError           a file cannot be read or understood
    │   ├── YamlError
    │   ├── SecretError
    │   └── TemplateError
    │       └── UndefinedVariableError
    ├── ModelError            the fleet contradicts itself
    ├── AccessError           whoever acts may not do this
    ├── InventoryError
    │   └── SelectorError
    ├── PlaybookError
    │   ├── UnknownModuleError
    │   ├── ArgumentError
    │   └── IncludeLoopError
    ├── TransportError
    │   ├── UnreachableError  no answer: try again later
    │   ├── HostKeyError      the host is not the one that was recorded
    │   ├── AuthenticationError
    │   └── AgentError        the agent broke its protocol
    │       └── PythonMissingError
    ├── RunError              a run cannot go on
    ├── LedgerError
    ├── DriverError
    │   └── InfError
    ├── ImageError
    │   ├── SignatureError
    │   ├── ChunkError
    │   └── StoreError
    ├── ContinuityError
    └── LabError

Exit codes of the command line are in `ExitCode`; `docs/exit-codes.md` explains them.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    INVALID = 1  # a file, model or playbook is wrong; nothing was touched
    FAILED = 2  # a task failed, a verdict is "block", a check does not hold
    UNREACHABLE = 4  # at least one host did not answer and none failed
    USAGE = 5  # unknown option or argument
    INTERRUPTED = 130  # Ctrl-C
    BUG = 250  # an error that officefleet did not expect


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; lines and columns count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, leaving out what is unknown."""
        parts = [self.file]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class OfficefleetError(Exception):
    """An error that a user can act on.

    Attributes:
        code: stable identifier, e.g. ``"playbook.unknown-module"``.
        exit_code: what the command line exits with when this error ends it.
        message: one sentence, already translated.
        mark: where, or None when no file is at fault.
        hint: one sentence that says what to do next, or "".

    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[ExitCode] = ExitCode.INVALID

    def __init__(self, message: str, *, mark: Mark | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark
        self.hint = hint

    def __str__(self) -> str:
        """Return ``place: message (hint)`` on one line."""
        place = f"{self.mark}: " if self.mark else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}{self.message}{hint}"


class UsageError(OfficefleetError):
    """The command line is wrong."""

    code = "usage"
    exit_code = ExitCode.USAGE


class ProblemsError(OfficefleetError):
    """Several errors found in one pass over the sources."""

    code = "problems"

    def __init__(self, message: str, problems: Sequence[OfficefleetError]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


class SourceError(OfficefleetError):
    """A file cannot be read or understood."""

    code = "source"


class YamlError(SourceError):
    """A file is not valid YAML."""

    code = "source.yaml"


class SecretError(SourceError):
    """A secret cannot be read; the message never holds it."""

    code = "source.secret"


class TemplateError(SourceError):
    """A template cannot be parsed or rendered."""

    code = "source.template"


class UndefinedVariableError(TemplateError):
    """A template names a variable that no source defines."""

    code = "source.undefined"


class ModelError(OfficefleetError):
    """The fleet contradicts itself."""

    code = "model"


class AccessError(OfficefleetError):
    """Whoever acts is not known, or may not do this; nothing was touched."""

    code = "access"


class InventoryError(OfficefleetError):
    """The inventory's folders or files are wrong."""

    code = "inventory"


class SelectorError(InventoryError):
    """A host pattern cannot be parsed or matches nothing."""

    code = "inventory.selector"


class PlaybookError(OfficefleetError):
    """A playbook, role or task file is wrong."""

    code = "playbook"


class UnknownModuleError(PlaybookError):
    """A task names a module that does not exist."""

    code = "playbook.unknown-module"


class ArgumentError(PlaybookError):
    """A module's arguments are wrong."""

    code = "playbook.argument"


class IncludeLoopError(PlaybookError):
    """A file includes itself, directly or through others."""

    code = "playbook.include-loop"


class TransportError(OfficefleetError):
    """Talking to a host went wrong."""

    code = "transport"
    exit_code = ExitCode.UNREACHABLE


class UnreachableError(TransportError):
    """The host did not answer in time."""

    code = "transport.unreachable"


class HostKeyError(TransportError):
    """The host's key is unknown or is not the recorded one."""

    code = "transport.host-key"


class AuthenticationError(TransportError):
    """The host refused the credentials."""

    code = "transport.authentication"


class AgentError(TransportError):
    """The agent on the host could not start or broke its protocol."""

    code = "transport.agent"


class PythonMissingError(AgentError):
    """The host has no Python to run the agent with."""

    code = "transport.python"


class RunError(OfficefleetError):
    """A run cannot go on."""

    code = "run"
    exit_code = ExitCode.FAILED


class LedgerError(OfficefleetError):
    """The ledger cannot be opened or written."""

    code = "ledger"


class DriverError(OfficefleetError):
    """A driver package or catalogue entry is wrong."""

    code = "driver"


class InfError(DriverError):
    """An INF file is malformed."""

    code = "driver.inf"


class ImageError(OfficefleetError):
    """A golden image cannot be built, stored or restored."""

    code = "image"
    exit_code = ExitCode.FAILED


class SignatureError(ImageError):
    """An index is unsigned, forged, expired or rolled back."""

    code = "image.signature"


class ChunkError(ImageError):
    """A chunk is missing or is not what the index says."""

    code = "image.chunk"


class StoreError(ImageError):
    """The store cannot be reached or is full."""

    code = "image.store"


class ContinuityError(OfficefleetError):
    """A swap, rebuild or backup cannot go on."""

    code = "continuity"
    exit_code = ExitCode.FAILED


class LabError(OfficefleetError):
    """The lab cannot be brought up."""

    code = "lab"
    exit_code = ExitCode.FAILED


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known spelling closest to `word`, or None when none is close."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
