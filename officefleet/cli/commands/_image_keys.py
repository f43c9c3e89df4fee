"""``officefleet image keys``: the root key, signing keys, rotation, and what this machine trusts."""

from __future__ import annotations

import time
from pathlib import Path  # noqa: TC003  cyclopts reads it at run time
from typing import TYPE_CHECKING

from cyclopts import App

from officefleet.cli.commands import _image_common as common
from officefleet.cli.commands._image_common import (  # noqa: TC001  cyclopts reads them at run time
    StoreFolder,
    TrustOption,
)
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.images.ed25519 import Signer
    from officefleet.images.keys import Trust

keys = App(name="keys", help="Make, publish, rotate and trust the keys that sign images.")
_DAY = 86400


@keys.command
def init(folder: Path, *, store: StoreFolder, trust: TrustOption | None = None, days: int = 365) -> int:
    """Make a root key and a first signing key, and publish their key set in a store.

    Args:
        folder: Where root.pem and signing.pem go. Keep root.pem offline.
        store: Folder of the store, made if it is not there.
        trust: File of trusted keys to make.
        days: How long the key set is valid.

    """
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  slow to import
    from officefleet.images.keys import KeySet, Trust  # noqa: PLC0415  slow to import
    from officefleet.images.store import Store  # noqa: PLC0415  slow to import

    opened = Store.create(store)
    if (opened.root / "keys.json").exists():
        raise UsageError(_("The store already has a key set."), hint=_("Use officefleet image keys rotate."))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    root, signing = Signer.generate(), Signer.generate()
    root.save(folder / "root.pem")
    signing.save(folder / "signing.pem")
    now = int(time.time())
    key_set = KeySet(1, now, now + days * _DAY, root.public, {signing.id: signing.public})
    opened.write_keys(key_set.encode([root]))
    _pin(Trust(root.public), trust)
    common.write_line(_("root key {key}: take root.pem offline now").format(key=root.public.hex()))
    common.write_line(_("signing key {key}").format(key=signing.id))
    return ExitCode.OK


@keys.command
def rotate(
    root: Path,
    *,
    store: StoreFolder,
    add: Path | None = None,
    revoke: tuple[str, ...] = (),
    new_root: Path | None = None,
    trust: TrustOption | None = None,
    days: int = 365,
) -> int:
    """Publish the next key set, signed by the root key.

    Args:
        root: The root's private key.
        store: Folder of the store.
        add: File of a signing key to add; made if it is not there.
        revoke: Ids of keys that count no more, whatever they signed.
        new_root: File of the next root key; made if it is not there.
        trust: File of trusted keys.
        days: How long the key set is valid.

    """
    from dataclasses import replace  # noqa: PLC0415  only here

    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    signers = [Signer.load(root)]
    added = [_load_or_make(add).public] if add else []
    now = int(time.time())
    key_set = session.keys.rotated(add=added, revoke=revoke, created=now, expires=now + days * _DAY)
    if new_root is not None:
        signers.append(_load_or_make(new_root))
        key_set = replace(key_set, root=signers[-1].public)
    data = key_set.encode(signers)
    accepted, trusted = session.trust.accept_keys(data, now=now)  # fails before it is published, not after
    session.store.write_keys(data)
    trusted.save(trust or common.default_trust())
    common.write_line(
        _("key set {version}: {keys}").format(version=accepted.version, keys=", ".join(accepted.keys))
    )
    return ExitCode.OK


@keys.command
def show(*, store: StoreFolder, trust: TrustOption | None = None) -> int:
    """Show the key set of a store."""
    session = common.open_session(store, trust or common.default_trust())
    common.write_table(
        [
            (_("version"), str(session.keys.version)),
            (_("expires"), common.date_text(session.keys.expires)),
            (_("root"), session.keys.root.hex()),
            *((_("key"), key) for key in sorted(session.keys.keys)),
            *((_("revoked"), key) for key in sorted(session.keys.revoked)),
        ]
    )
    return ExitCode.OK


@keys.command
def trust(root: str, *, trust: TrustOption | None = None) -> int:
    """Pin a root key, given as 64 hexadecimal digits, on this machine."""
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import

    try:
        public = bytes.fromhex(root)
    except ValueError:
        public = b""
    if len(public) != 32:  # noqa: PLR2004  bytes of an Ed25519 public key
        raise UsageError(_("A root key is 64 hexadecimal digits."))
    _pin(Trust(public), trust)
    return ExitCode.OK


def _pin(trusted: Trust, file: Path | None) -> None:
    path = file or common.default_trust()
    if path.exists():
        raise UsageError(
            _("{path} exists: this machine trusts a root key already.").format(path=path),
            hint=_("Remove the file by hand if that key is gone for good."),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    trusted.save(path)


def _load_or_make(path: Path) -> Signer:
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  slow to import

    if not path.exists():
        Signer.generate().save(path)
    return Signer.load(path)
