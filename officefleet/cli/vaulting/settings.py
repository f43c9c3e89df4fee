"""Vault passwords of the environment and of ``ansible.cfg``."""

from __future__ import annotations

import configparser
import os
import stat
from pathlib import Path


def password_sources() -> list[tuple[str, Path | None]]:
    """Return (LABEL@SOURCE, folder of a relative name) in Ansible's order; the environment beats ansible.cfg."""
    config, folder = _configuration()
    found: list[tuple[str, Path | None]] = []
    listed = os.environ.get("ANSIBLE_VAULT_IDENTITY_LIST")
    if listed is not None:
        found += [(part, None) for part in _words(listed)]
    else:
        found += [(part, folder) for part in _words(config.get("vault_identity_list", ""))]
    for name in ("OFFICEFLEET_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE"):
        if os.environ.get(name):
            return [*found, (f"default@{os.environ[name]}", None)]
    if config.get("vault_password_file"):
        found.append((f"default@{config['vault_password_file']}", folder))
    return found


def encrypt_identity() -> str:
    """Return the vault id to encrypt under when several are known, "" when nothing says."""
    value = os.environ.get("ANSIBLE_VAULT_ENCRYPT_IDENTITY")
    return value if value is not None else _configuration()[0].get("vault_encrypt_identity", "")


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _configuration() -> tuple[dict[str, str], Path | None]:
    """Return the [defaults] of the ansible.cfg that Ansible would read, and its folder."""
    named = os.environ.get("ANSIBLE_CONFIG")
    places = (
        [Path(named).expanduser()]
        if named
        else [Path("ansible.cfg"), Path.home() / ".ansible.cfg", Path("/etc/ansible/ansible.cfg")]
    )
    for file in places:
        if file.is_file() and (named or not _open_to_all(file.parent)):
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            try:
                parser.read(file, encoding="utf-8")
            except (OSError, configparser.Error, UnicodeDecodeError):
                return {}, None  # whoever needs more of the file says what is wrong with it
            return (dict(parser["defaults"]) if "defaults" in parser else {}), file.parent.absolute()
    return {}, None


def _open_to_all(folder: Path) -> bool:
    """Return whether anybody may put a file there: it might name a program that would be run."""
    return os.name == "posix" and bool(folder.stat().st_mode & stat.S_IWOTH)
