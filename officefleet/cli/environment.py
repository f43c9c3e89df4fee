"""What the environment says when the command line does not: inventory, keys, known hosts."""

from __future__ import annotations

import os
from pathlib import Path

from officefleet.errors import UsageError
from officefleet.i18n import _

_FALSE = frozenset({"0", "false", "no", "off", "n", "f"})


def inventory_sources(given: list[str] | None) -> list[str]:
    """Return what ``-i`` names, else the environment's inventory, else the nearest ``inventory`` folder.

    Raises:
        UsageError: nothing names an inventory.

    """
    if given:
        return given
    for name in ("OFFICEFLEET_INVENTORY", "ANSIBLE_INVENTORY"):
        value = os.environ.get(name, "")
        if value:
            # A comma makes a list of sources, but "host1,host2," is one list of hosts.
            parts = [value] if value.endswith(",") else [part for part in value.split(",") if part]
            return [str(Path(part).expanduser()) for part in parts]
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "inventory").is_dir():
            found = folder / "inventory"
            return [str(found.relative_to(here)) if folder == here else str(found)]
    raise UsageError(
        _("no inventory: there is no folder named inventory here or above"),
        hint=_("name one with -i or OFFICEFLEET_INVENTORY; a list of hosts ends with a comma: -i host,"),
    )


def config_folder() -> Path:
    """Return where officefleet keeps a user's settings."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "officefleet"


def known_hosts() -> tuple[str, ...]:
    """Return the known_hosts files to read: OFFICEFLEET_KNOWN_HOSTS, else OpenSSH's and our own."""
    value = os.environ.get("OFFICEFLEET_KNOWN_HOSTS", "")
    if value:
        return tuple(str(Path(part).expanduser()) for part in value.split(os.pathsep) if part)
    return (str(Path.home() / ".ssh" / "known_hosts"), str(config_folder() / "known_hosts"))


def recorded_hosts() -> Path:
    """Return the known_hosts file that `officefleet trust` writes."""
    if os.environ.get("OFFICEFLEET_KNOWN_HOSTS"):
        return Path(known_hosts()[0])
    return config_folder() / "known_hosts"


def rescue_keys() -> Path:
    """Return the file with the host keys of rescue environments: OFFICEFLEET_RESCUE_KEYS, else our own."""
    given = os.environ.get("OFFICEFLEET_RESCUE_KEYS")
    return Path(given).expanduser() if given else config_folder() / "rescue-keys.json"


def private_key() -> str:
    """Return the default private key, "" for none."""
    return os.environ.get("OFFICEFLEET_PRIVATE_KEY") or os.environ.get("ANSIBLE_PRIVATE_KEY_FILE") or ""


def remote_user() -> str:
    """Return the default login name, "" for the current user's."""
    return os.environ.get("ANSIBLE_REMOTE_USER", "")


def checks_host_keys() -> bool:
    """Return whether unknown hosts are refused."""
    return os.environ.get("ANSIBLE_HOST_KEY_CHECKING", "").strip().lower() not in _FALSE


def forks(given: int | None) -> int:
    """Return how many hosts are worked on at the same time.

    Raises:
        UsageError: not a number above 0.

    """
    text = os.environ.get("ANSIBLE_FORKS") or "50" if given is None else str(given)
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise UsageError(_("forks must be a number above 0, not {text!r}").format(text=text))
    return number
