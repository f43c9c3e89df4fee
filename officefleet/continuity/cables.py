"""Which cables a person moves, from which port to which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.models import Interface, PeripheralMode

if TYPE_CHECKING:
    from officefleet.models import Machine, Peripheral


@dataclass(frozen=True, slots=True)
class Move:
    """One cable.

    Attributes:
        peripheral: what hangs on it.
        source: machine that it leaves.
        target: machine that it goes to, in the port of the same name.

    """

    peripheral: Peripheral
    source: str
    target: str

    def text(self) -> str:
        """Return what to do, as a sentence."""
        one = self.peripheral
        name = f"{one.name} ({one.product})" if one.product else one.name
        port = one.port or _("any free port")
        parts = [
            _("{name}: from {source} to {target}, port {port}").format(
                name=name, source=self.source, target=self.target, port=port
            )
        ]
        if one.com is not None:
            parts.append(_("it must be COM{number}").format(number=one.com))
        if one.mode is PeripheralMode.GALSS:
            parts.append(_("GALSS fails on any other port"))
        return "; ".join(parts)


def moves(source: Machine, target: Machine, peripherals_of: Machine) -> list[Move]:
    """Return the cables that go from one machine to another; what hangs on the network stays.

    Args:
        source: machine that the cables leave.
        target: machine that they go to.
        peripherals_of: the poste whose peripherals they are.

    """
    return [
        Move(one, source.name, target.name)
        for one in peripherals_of.peripherals
        if one.interface is not Interface.NETWORK
    ]
