"""Who a restored Linux poste is: written into its root file system before its first boot.

An image holds no identity; what makes a poste this poste is given here and nowhere else.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.faults import TargetError

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "var/lib/officine/image"
"""Where a poste says which image it was restored from."""

_HOSTNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_MACHINE_ID = re.compile(r"[0-9a-f]{32}")


# Keys of root's own folder, so that no account's id has to be known; sshd takes the file of each account.
_SSHD = b"""HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
"""


@dataclass(frozen=True, slots=True)
class Identity:
    """One poste.

    Attributes:
        hostname: a label of RFC 1123.
        machine_id: 32 hexadecimal digits, not all zero.
        host_key: private host key in OpenSSH's form.
        host_key_public: its public line.
        networks: systemd-networkd files by name, e.g. ``10-lan.network``.
        authorized_keys: account to the public keys, a line each, that may log in as it; an image holds none.

    """

    hostname: str
    machine_id: str
    host_key: bytes = field(repr=False)
    host_key_public: str
    networks: dict[str, str] = field(default_factory=dict)
    authorized_keys: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Check that each part has its form.

        Raises:
            TargetError: one has not.

        """
        if not _HOSTNAME.fullmatch(self.hostname):
            raise TargetError(_("{name} cannot be the name of a machine.").format(name=repr(self.hostname)))
        if not _MACHINE_ID.fullmatch(self.machine_id) or not self.machine_id.strip("0"):
            raise TargetError(_("The machine id is not 32 hexadecimal digits."))
        if not self.host_key.startswith(b"-----BEGIN OPENSSH PRIVATE KEY-----\n"):
            raise TargetError(_("The host key is not in OpenSSH's form."))
        for name in self.networks:
            if "/" in name or not name.endswith(".network"):
                raise TargetError(_("{name} is no network file's name.").format(name=repr(name)))
        for name in self.authorized_keys:
            if not _ACCOUNT.fullmatch(name):
                raise TargetError(_("{name} cannot be the name of an account.").format(name=repr(name)))

    @classmethod
    def from_json(cls, text: str) -> Identity:
        """Return the checked identity in a JSON object with the attributes' names.

        Raises:
            TargetError: it is malformed; the message holds nothing of it.

        """
        malformed = TargetError(_("The identity is malformed."))
        try:
            fields = json.loads(text)
            identity = cls(**{**fields, "host_key": fields["host_key"].encode("ascii")})
        except (ValueError, TypeError, KeyError, AttributeError):
            raise malformed from None
        texts = [identity.hostname, identity.machine_id, identity.host_key_public]
        for mapping in (identity.networks, identity.authorized_keys):
            if not isinstance(mapping, dict):
                raise malformed
            texts += [*mapping, *mapping.values()]
        if not all(isinstance(one, str) for one in texts):
            raise malformed
        identity.check()
        return identity

    def to_json(self) -> str:
        """Return the form that `from_json` reads; it holds the private key."""
        return json.dumps(
            {
                "hostname": self.hostname,
                "machine_id": self.machine_id,
                "host_key": self.host_key.decode("ascii"),
                "host_key_public": self.host_key_public,
                "networks": self.networks,
                "authorized_keys": self.authorized_keys,
            }
        )

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Return what is written: path below the root, permission bits, content."""
        hosts = f"127.0.0.1 localhost\n127.0.1.1 {self.hostname}\n::1 localhost ip6-localhost ip6-loopback\n"
        found = {
            "etc/hostname": (0o644, f"{self.hostname}\n".encode()),
            "etc/hosts": (0o644, hosts.encode()),
            "etc/machine-id": (0o444, f"{self.machine_id}\n".encode()),
            "etc/ssh/ssh_host_ed25519_key": (0o600, self.host_key),
            "etc/ssh/ssh_host_ed25519_key.pub": (0o644, f"{self.host_key_public.strip()}\n".encode()),
            "etc/ssh/sshd_config.d/10-identity.conf": (0o644, _SSHD),
        }
        for name, content in self.networks.items():
            found[f"etc/systemd/network/{name}"] = (0o644, content.encode())
        for account, keys in self.authorized_keys.items():
            found[f"etc/ssh/authorized_keys.d/{account}"] = (0o644, keys.strip().encode() + b"\n")
        return found


def write_identity(root: Path, identity: Identity, *, image: str = "", version: int = 0) -> None:
    """Write an identity below `root`, a mounted file system; links in it are never followed out of it.

    Args:
        root: the mounted file system.
        identity: who it will be.
        image: name of the image that it was restored from, "" leaves that out; written under the names that
            os-release(5) has, in a file that no package replaces.
        version: of the image.

    Raises:
        TargetError: a part of the identity is malformed, or the file system has a link where a folder belongs.

    """
    identity.check()
    for path, (mode, content) in identity.files().items():
        _write(root, path.split("/"), mode, content)
    if image:
        text = f"IMAGE_ID={image}\nIMAGE_VERSION={version}\n"
        _write(root, ORIGIN.split("/"), 0o644, text.encode())
    os.sync()


def _write(root: Path, parts: list[str], mode: int, content: bytes) -> None:
    folder = root
    for part in parts[:-1]:
        folder /= part
        if folder.is_symlink():
            raise TargetError(_("{path} is a link.").format(path=folder))
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)  # whatever the umask: sshd reads keys as the account that logs in
    path = folder / parts[-1]
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
