"""Machines of a pharmacy: counter postes, back office, spare, server, NAS, gateway."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, IPvAnyAddress, model_validator

from officefleet.models.base import Hostname, MacAddress, Model, Name, Slug, Version
from officefleet.models.contradiction import refuse_twice
from officefleet.models.peripheral import Interface, Peripheral


class MachineKind(StrEnum):
    """What a machine is for; the values are the names of the inventory's groups."""

    COUNTER = "comptoir"
    BACK_OFFICE = "back_office"
    SPARE = "secours"
    SERVER = "serveur"
    NAS = "nas"
    GATEWAY = "passerelle"


class OsFamily(StrEnum):
    """The system family; the values are the names of the inventory's groups."""

    WINDOWS = "windows"
    DEBIAN = "debian"


class Architecture(StrEnum):
    """Processor architecture, as Windows and Debian drivers need it."""

    X64 = "x64"
    X86 = "x86"
    ARM64 = "arm64"


class Connection(StrEnum):
    """How the engine reaches a machine."""

    SSH = "ssh"
    WINRM = "winrm"
    LOCAL = "local"


class OperatingSystem(Model):
    """What runs on a machine.

    Attributes:
        version: as the publisher names it: "10 22H2", "11 24H2", "12".
        build: Windows build number (19045, 22631, 26100); None on Debian.
        revision: what follows the build in ``winver`` (26100.6899): tells which updates are in;
            None: not known.

    """

    family: OsFamily
    version: Name
    build: Annotated[int, Field(ge=10000, le=99999)] | None = None
    revision: Annotated[int, Field(ge=0, le=99999)] | None = None
    arch: Architecture = Architecture.X64
    hvci: bool | None = None

    @model_validator(mode="after")
    def _build_is_for_windows(self) -> Self:
        if self.family is not OsFamily.WINDOWS and any(
            value is not None for value in (self.build, self.revision, self.hvci)
        ):
            raise ValueError("build, revision and hvci are for Windows")
        if self.revision is not None and self.build is None:
            raise ValueError("a revision needs its build")
        return self


class Ports(Model):
    """How many ports of each kind a machine offers to peripherals."""

    usb: Annotated[int, Field(ge=0, le=64)] = 8
    serial: Annotated[int, Field(ge=0, le=16)] = 0
    network: Annotated[int, Field(ge=0, le=8)] = 1

    def count(self, interface: Interface) -> int:
        """Return the number of ports of one kind."""
        return int(getattr(self, interface.value))


class Middleware(Model):
    """Health-insurance middleware installed on a poste; None: not installed.

    A CPS4 card needs Cryptolib CPS 5.2 or later.
    """

    galss: Version | None = None
    pcsc: Version | None = None
    cryptolib_cps: Version | None = None
    fsv: Version | None = None


class Machine(Model):
    """One machine of a pharmacy.

    Attributes:
        name: host name, unique in the fleet: ``o0421-comptoir-1``.
        connection: None means what the family uses: winrm for Windows, ssh for Debian.
        user: account of the connection; None leaves it to the group variables.
        port: TCP port of the connection; None means the protocol's own.
        stands_in_for: for a spare, the machines it replaces; empty means every counter poste.
        image: name of the golden image it is restored from.
        config_version: version of the configuration that was last accepted on it.

    """

    name: Hostname
    kind: MachineKind
    os: OperatingSystem
    address: IPvAnyAddress
    mac: MacAddress | None = None
    connection: Connection | None = None
    user: Name | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    stands_in_for: tuple[Hostname, ...] = ()
    roles: tuple[Slug, ...] = ()
    image: Slug | None = None
    config_version: Version | None = None
    product: Name | None = None
    ports: Ports = Ports()
    middleware: Middleware | None = None
    peripherals: tuple[Peripheral, ...] = ()

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.stands_in_for and self.kind is not MachineKind.SPARE:
            raise ValueError("stands_in_for is for a machine of kind secours")
        if len(self.peripherals) > 1:
            refuse_twice(
                "peripheral name {value!r} is used twice on one machine",
                [one.name for one in self.peripherals],
            )
            numbers = [one.com for one in self.peripherals if one.com is not None]
            refuse_twice("COM number {value!r} is used twice on one machine", numbers)
        return self

    def effective_connection(self) -> Connection:
        """Return how the engine reaches it when no variable says otherwise."""
        if self.connection is not None:
            return self.connection
        return Connection.WINRM if self.os.family is OsFamily.WINDOWS else Connection.SSH
