"""Secrets in files: ansible-vault's format and age, whole files and single values, opened when they are needed.

`Vaults` holds the passwords and keys of one run. A single value (``!vault``, ``!age``) is read as a `Sealed` that is
opened on first use; whoever wants to hide what was opened gives `Vaults` a function that is told of it.
"""

from officefleet.source.secrets.sealed import Opener, Revealed, Sealed, opened, opening
from officefleet.source.secrets.vaults import Secret, Vaults, is_sealed

__all__ = ["Opener", "Revealed", "Sealed", "Secret", "Vaults", "is_sealed", "opened", "opening"]
