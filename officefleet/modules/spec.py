"""What a module's ``spec.py`` declares: its kind, its arguments, how Ansible spells them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

_TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
_FALSE = frozenset({"n", "no", "off", "0", "false", "f"})


class Kind(Enum):
    """How a module works.

    STATE: read -> plan -> apply on the host (``plan.py`` and ``posix.py``).
    EXECUTE: runs on the host as a whole (``posix.py`` with ``run``); there is no state to compare.
    ACTION: runs on the controller (``controller.py`` with ``act``) and touches no host.
    """

    STATE = "state"
    EXECUTE = "execute"
    ACTION = "action"


def _to_bool(value: object) -> object:
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    elif isinstance(value, int) and value in (0, 1):
        return bool(value)
    return value


def _to_text(value: object) -> object:
    if isinstance(value, (bool, int, float)):
        return str(value)
    return str(value) if type(value) is not str and isinstance(value, str) else value


def _to_list(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value else []
    if isinstance(value, (bool, int, float)):
        return [value]
    return value


Bool = Annotated[bool, BeforeValidator(_to_bool)]
"""A boolean as Ansible takes it: yes, no, on, off, 1, 0, true, false."""

Text = Annotated[str, BeforeValidator(_to_text)]
"""Text; a number or boolean becomes its text."""

TextList = Annotated[list[Text], BeforeValidator(_to_list)]
"""A list of texts; one text is split at its commas."""

AnyList = Annotated[list[Any], BeforeValidator(_to_list)]
"""A list of anything; one value becomes a list of one."""

Mode = Annotated[str | int, Field(description='octal text such as "0644", or symbolic such as "u=rw,g=r,o="')]


class Args(BaseModel):
    """Base of every module's arguments; unknown names are refused, values never show in errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True, protected_namespaces=()
    )


_SELINUX = "accepted and not heeded: Debian has no SELinux in force"


class FileArgs(Args):
    """The arguments that every module that makes a file shares."""

    mode: Mode | None = None
    owner: Text | None = None
    group: Text | None = None
    unsafe_writes: Bool = Field(default=False, description="write in place where a rename is refused")
    attributes: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("attributes", "attr"),
        description="flags as chattr takes them: +i, -a, =A",
    )
    seuser: Text | None = Field(default=None, description=_SELINUX)
    serole: Text | None = Field(default=None, description=_SELINUX)
    setype: Text | None = Field(default=None, description=_SELINUX)
    selevel: Text | None = Field(default=None, description=_SELINUX)


@dataclass(frozen=True, slots=True)
class Spec:
    """A module as the rest of officefleet sees it.

    Attributes:
        kind: how it works.
        args: the arguments' model.
        namespaces: collections under which Ansible knows it; the first one is the canonical one.
        free_form: argument that takes the text of ``module: text``; "" when the text must be ``k=v`` pairs.
        facts: where the result's "ansible_facts" go; "" when it has none.
        pure: for ACTION: `act` depends on its arguments and variables alone, so it may be called ahead of time.
        check: "full" predicts exactly, "none" does nothing in check mode and says so.
        accepts_any: True when the arguments are free names (set_fact).
        secret: names of arguments whose values are masked wherever they would show.

    """

    kind: Kind
    args: type[Args]
    namespaces: tuple[str, ...] = ("ansible.builtin",)
    free_form: str = ""
    facts: Literal["", "facts", "set_fact", "include_vars"] = ""
    pure: bool = False
    check: Literal["full", "none"] = "full"
    accepts_any: bool = False
    secret: tuple[str, ...] = ()
