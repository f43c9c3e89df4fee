"""What stands in for a module that officefleet does not have: a playbook may hold one behind a condition."""

from __future__ import annotations

from typing import Any, NoReturn

from pydantic import ConfigDict

from officefleet.errors import UnknownModuleError
from officefleet.i18n import _
from officefleet.modules.spec import Args, Kind, Spec


class AnyArgs(Args):
    """Any arguments: nobody knows what the module would take."""

    model_config = ConfigDict(extra="allow", frozen=True)


SPEC = Spec(kind=Kind.ACTION, args=AnyArgs, accepts_any=True)


class Absent:
    """Fails whenever it is asked to act.

    Args:
        name: as the playbook names the module.

    """

    def __init__(self, name: str) -> None:
        self._name = name

    def act(self, _args: Any, _controller: Any) -> NoReturn:
        """Fail.

        Raises:
            UnknownModuleError: always.

        """
        raise UnknownModuleError(
            _("there is no module {name!r} here").format(name=self._name), hint=_("see `officefleet doc`")
        )
