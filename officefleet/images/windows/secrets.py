"""What no golden image may hold, in a Windows registry: passwords, a machine's membership, a Windows not generalised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from officefleet.i18n import _
from officefleet.images.refusals import Refusal
from officefleet.images.windows import hive
from officefleet.images.windows.registry import GENERALIZED, read_facts
from officefleet.images.windows.tree import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from officefleet.images.refusals import Allowance

_CONFIG = "Windows/System32/config"
_WINLOGON = r"Microsoft\Windows NT\CurrentVersion\Winlogon"
_SECRETS = r"Policy\Secrets"


def find_in_registry(root: Path, allowed: Iterable[Allowance] = ()) -> Iterator[Refusal]:
    """Yield what may not be in the registry of the Windows below `root`; nothing when there is no Windows.

    Raises:
        TargetError: a hive is damaged or was not closed by Windows.

    """
    spared = {(one.rule, one.path) for one in allowed}
    for found in _all(root):
        if (found.rule, found.path) not in spared:
            yield found


def _all(root: Path) -> Iterator[Refusal]:
    software = find(root, f"{_CONFIG}/SOFTWARE")
    if software is None:
        return
    path = software.relative_to(root).as_posix()
    if read_facts(software).state != GENERALIZED:
        yield Refusal(
            "not-generalised", path, _("not prepared by sysprep /generalize: every copy would be one machine")
        )
    with hive.opened(software) as opened:
        password = opened.get(_WINLOGON, "DefaultPassword")
        if password is not None and password.text:
            yield Refusal("registry-password", path, _("a password for signing in by itself"))
    security = find(root, f"{_CONFIG}/SECURITY")
    if security is None:
        return
    path = security.relative_to(root).as_posix()
    with hive.opened(security) as opened:
        for name in opened.children(_SECRETS):
            lower = name.lower()
            if lower == "$machine.acc" and opened.has(rf"{_SECRETS}\{name}\CurrVal"):
                yield Refusal("domain-member", path, _("the password of one machine in its domain"))
            if lower == "defaultpassword" or lower.startswith("_sc_"):
                yield Refusal("registry-secret", path, _("a saved password: {name}").format(name=name))
