"""Who the poste will be: made once a rebuild, kept beside the journal until it is over, sent to the rescue only."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from officefleet.errors import ContinuityError
from officefleet.i18n import _
from officefleet.images.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from officefleet.transports.base import Endpoint

_NETWORK = "20-officefleet.network"


@dataclass(frozen=True, slots=True)
class Made:
    """An identity as it travels to the rescue environment; it holds the private host key.

    Attributes:
        text: see `officefleet.images.identify.read_identity`.
        host_key_public: what the poste will show.

    """

    text: str = field(repr=False)
    host_key_public: str


class Persona:
    """The identity of one rebuild, in a folder that only the user can read.

    Args:
        folder: of this rebuild.

    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "identity.json"

    def get(self, system: str, hostname: str, variables: Mapping[str, Any], place: Endpoint) -> Made:
        """Return the identity; the same one however often the rebuild is interrupted.

        Args:
            system: "linux" or "windows".
            hostname: the poste's name; Windows takes `computer_name` instead, if there is such a variable.
            variables: the poste's: `rebuild_network`, `rebuild_authorized_keys`.
            place: how the poste is reached once it is itself again.

        Raises:
            ContinuityError: no public key is known that may log in.
            TargetError: Windows would not take the name.

        """
        try:
            text = self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            make = _windows if system == "windows" else _linux
            text = make(hostname, variables, place)
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_private(self._file, text)
        return Made(text, str(json.loads(text)["host_key_public"]))


def _linux(hostname: str, variables: Mapping[str, Any], place: Endpoint) -> str:
    private, public = _host_key()
    made = Identity(
        hostname,
        secrets.token_hex(16),
        private,
        public,
        {_NETWORK: _network(variables.get("rebuild_network"))},
        {place.user or "root": _may_log_in(variables, place)},
    )
    made.check()
    return made.to_json()


def _windows(hostname: str, variables: Mapping[str, Any], place: Endpoint) -> str:
    from officefleet.images.windows import identity, unattend  # noqa: PLC0415  Linux postes need none of it

    name = str(variables.get("computer_name") or identity.computer_name(hostname))
    wanted = variables.get("rebuild_network")
    networks: tuple[identity.Network, ...] = ()
    if isinstance(wanted, dict):
        dns = tuple(_plain(one) for one in wanted.get("dns") or ())
        gateway = _plain(wanted["gateway"]) if wanted.get("gateway") else ""
        card = str(wanted.get("interface") or "Ethernet")
        networks = (identity.Network(card, _plain(wanted["address"]), gateway, dns),)
    private, public = _host_key()
    made = identity.WindowsIdentity(
        hostname=name,
        answer_file=unattend.render(name, networks),
        host_key=private,
        host_key_public=public,
        networks=networks,
        authorized_keys=tuple(_may_log_in(variables, place).splitlines()),
        account=place.user or "officefleet",
    )
    made.check()
    return made.to_json()


def forget(folder: Path) -> None:
    """Remove what a rebuild kept: the host key's private half is now the poste's alone."""
    shutil.rmtree(folder, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _host_key() -> tuple[bytes, str]:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private, public.decode("ascii")


def _network(wanted: Any) -> str:
    """Return the network file: DHCP, unless `rebuild_network` gives ``{address, gateway, dns}``."""
    if not isinstance(wanted, dict):
        return "[Match]\nName=e*\n\n[Network]\nDHCP=yes\n"
    lines = ["[Match]", "Name=e*", "", "[Network]", f"Address={_plain(wanted['address'])}"]
    if wanted.get("gateway"):
        lines.append(f"Gateway={_plain(wanted['gateway'])}")
    lines += [f"DNS={_plain(one)}" for one in wanted.get("dns") or ()]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> str:
    text = str(value)
    if not text or not all(one.isalnum() or one in ".:/" for one in text):
        raise ContinuityError(_("rebuild_network: {value!r} is no address").format(value=text))
    return text


def _may_log_in(variables: Mapping[str, Any], place: Endpoint) -> str:
    given = variables.get("rebuild_authorized_keys")
    if isinstance(given, list) and given:
        return "\n".join(str(one).strip() for one in given)
    if not place.key_file:
        raise ContinuityError(
            _("no public key is known that may log in to {host} afterwards").format(host=place.host),
            hint=_(
                "name the key with OFFICEFLEET_PRIVATE_KEY, or give rebuild_authorized_keys in the inventory"
            ),
        )
    try:
        key = paramiko.PKey.from_path(place.key_file)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        raise ContinuityError(
            _("cannot read the private key {path}: {reason}").format(path=place.key_file, reason=error)
        ) from None
    return f"{key.get_name()} {key.get_base64()} officefleet"
