"""One Windows poste: its name, network, host key and answer file, in the form that goes to the rescue environment.

Its form is JSON like that of a Linux `officefleet.images.identity.Identity`, with ``"system": "windows"``.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from officefleet.i18n import _
from officefleet.images.faults import TargetError
from officefleet.images.windows.answerfile import check_answer_file

_NETBIOS = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,13}[A-Za-z0-9])?")
_LONGEST_NAME = 15
_MAC = re.compile(r"[0-9A-F]{2}(?:-[0-9A-F]{2}){5}")
_CONNECTION = re.compile(r"[^\\/:*?\"<>|\x00-\x1f]{1,64}")
_KEY_LINE = re.compile(r"(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\n]*)?")
_ACCOUNT = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,19}")
_PRIVATE = b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"


@dataclass(frozen=True, slots=True)
class Network:
    """One network connection.

    Attributes:
        interface: the card's MAC address, ``00-11-22-AA-BB-CC``, or the connection's name, e.g. ``Ethernet``.
        address: ``10.0.0.5/24``; "" for DHCP.
        gateway: "" for none.
        dns: servers, in order.

    """

    interface: str
    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()

    def check(self) -> None:
        """Check that each part has its form.

        Raises:
            TargetError: one has not.

        """
        if not _MAC.fullmatch(self.interface) and not _CONNECTION.fullmatch(self.interface):
            raise TargetError(_("{name} names no network card.").format(name=repr(self.interface)))
        try:
            if self.address:
                ip, prefix = self.address.split("/")
                ipaddress.IPv4Interface((ip, int(prefix)))
            for one in (self.gateway, *self.dns):
                if one:
                    ipaddress.IPv4Address(one)
        except ValueError:
            raise TargetError(
                _("The network of {name} is malformed.").format(name=self.interface),
                hint=_("An address has the form 10.0.0.5/24."),
            ) from None
        if not self.address and (self.gateway or self.dns):
            raise TargetError(
                _("The network of {name} has a gateway or servers but no address.").format(
                    name=self.interface
                )
            )


@dataclass(frozen=True, slots=True)
class WindowsIdentity:
    """One Windows poste; it holds one secret, the host key, and no password.

    Attributes:
        hostname: at most 15 letters, digits and hyphens, not only digits (Microsoft's rule for computer names).
        answer_file: the whole unattend.xml (see `unattend.render`); its ComputerName is `hostname`.
        host_key: private OpenSSH host key.
        host_key_public: its public line.
        networks: each connection that is not left to the image.
        authorized_keys: public keys, one each, that may log in as administrators over SSH.
        account: local administrator that the poste makes for itself with a password that nobody knows.
        recovery_certificate: PEM; the password is left encrypted to it (Protect-CmsMessage, which asks for the key
            usage "document encryption", 1.3.6.1.4.1.311.80.1); "" to leave none.

    """

    hostname: str
    answer_file: str
    host_key: bytes = field(repr=False)
    host_key_public: str
    networks: tuple[Network, ...] = ()
    authorized_keys: tuple[str, ...] = ()
    account: str = "officefleet"
    recovery_certificate: str = ""

    def check(self) -> None:
        """Check that each part has its form.

        Raises:
            TargetError: one has not.

        """
        check_computer_name(self.hostname)
        if not self.host_key.startswith(_PRIVATE):
            raise TargetError(_("The host key is not in OpenSSH's form."))
        for line in (self.host_key_public.strip(), *self.authorized_keys):
            if not _KEY_LINE.fullmatch(line):
                raise TargetError(_("A public key is malformed."))
        if not _ACCOUNT.fullmatch(self.account):
            raise TargetError(_("{name} cannot be the name of an account.").format(name=repr(self.account)))
        if self.recovery_certificate and not self.recovery_certificate.startswith(_CERTIFICATE):
            raise TargetError(_("The recovery certificate is not in PEM form."))
        for network in self.networks:
            network.check()
        if len({one.interface.casefold() for one in self.networks}) != len(self.networks):
            raise TargetError(_("One network card is given twice."))
        check_answer_file(self.answer_file, self.hostname)

    def to_json(self) -> str:
        """Return the form that `from_fields` reads; it holds the private key."""
        return json.dumps({"system": "windows", **asdict(self), "host_key": self.host_key.decode("ascii")})

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> WindowsIdentity:
        """Return the checked identity in a JSON object.

        Raises:
            TargetError: it is malformed; the message holds nothing of it.

        """
        try:
            rest = {name: value for name, value in fields.items() if name != "system"}
            networks = tuple(
                Network(**{**one, "dns": _texts(one.get("dns", []))}) for one in rest.pop("networks", [])
            )
            identity = cls(
                **{
                    **rest,
                    "host_key": rest["host_key"].encode("ascii"),
                    "networks": networks,
                    "authorized_keys": _texts(rest.get("authorized_keys", [])),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            raise TargetError(_("The identity is malformed.")) from None
        names = [identity.hostname, identity.answer_file, identity.host_key_public, identity.account]
        names += [identity.recovery_certificate]
        names += [part for one in networks for part in (one.interface, one.address, one.gateway)]
        if not all(isinstance(one, str) for one in names):
            raise TargetError(_("The identity is malformed."))
        identity.check()
        return identity


def check_computer_name(name: str) -> None:
    """Check that Windows takes a name as it is.

    Raises:
        TargetError: it would cut it short or refuse it.

    """
    if not _NETBIOS.fullmatch(name) or name.isdecimal():
        raise TargetError(
            _("{name} cannot be the name of a Windows machine.").format(name=repr(name)),
            hint=_("At most 15 letters, digits and hyphens, and not only digits."),
        )


def computer_name(hostname: str) -> str:
    """Return a name that Windows takes for a host: its longest word is cut until 15 characters are left.

    ``o0421-comptoir-1`` becomes ``o0421-comptoi-1``. Two hosts can get one name only when their names differ in what
    is cut; where that may be, give `computer_name` in the inventory.

    Raises:
        TargetError: the name cannot be made to fit.

    """
    words = hostname.split("-")
    while len("-".join(words)) > _LONGEST_NAME and max(map(len, words)) > 1:
        longest = max(range(len(words)), key=lambda number: len(words[number]))
        words[longest] = words[longest][:-1]
    found = "-".join(words)
    check_computer_name(found)
    return found


def _texts(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise TypeError
    return tuple(found)
