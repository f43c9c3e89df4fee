"""The unattend.xml of one poste, from a template; made on the controller, checked there and in the rescue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from officefleet.images.windows.answerfile import check_answer_file
from officefleet.images.windows.firstboot import COMMAND
from officefleet.images.windows.identity import Network, WindowsIdentity, check_computer_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEMPLATE = "unattend.xml.j2"
FRENCH = "fr-FR"
FRENCH_KEYBOARD = "040c:0000040c"  # language:layout, both French (France)
PARIS = "Romance Standard Time"  # Windows' name of Paris' time zone


def render(
    hostname: str,
    networks: Sequence[Network] = (),
    *,
    locale: str = FRENCH,
    keyboard: str = FRENCH_KEYBOARD,
    time_zone: str = PARIS,
    counter_account: str = "",
) -> str:
    """Return the answer file of a poste: no product key, no password.

    Args:
        hostname: of the poste.
        networks: connections that are not left to the image.
        locale: of Windows, its users and its language; the image must hold that language.
        keyboard: ``language:layout`` in hexadecimal.
        time_zone: Windows' own name.
        counter_account: a standard user without password to make, who can sign in at the keyboard only (Windows
            refuses empty passwords over the network); "" when the image has one, or a domain gives them.

    Raises:
        TargetError: the result would not pass `check_answer_file`.

    """
    check_computer_name(hostname)
    for network in networks:
        network.check()
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    content = environment.get_template(_TEMPLATE).render(
        hostname=hostname,
        networks=networks,
        fixed=[one for one in networks if one.address],
        locale=locale,
        keyboard=keyboard,
        time_zone=time_zone,
        counter_account=counter_account,
        first_boot=COMMAND,
    )
    check_answer_file(content, hostname)
    return content + "\n"


def make_identity(
    hostname: str,
    host_key: bytes,
    host_key_public: str,
    *,
    networks: Sequence[Network] = (),
    authorized_keys: Sequence[str] = (),
    account: str = "officefleet",
    recovery_certificate: str = "",
    counter_account: str = "",
    time_zone: str = PARIS,
) -> WindowsIdentity:
    """Return the checked identity of a poste, its answer file rendered (see `WindowsIdentity` and `render`).

    Raises:
        TargetError: a part is malformed.

    """
    identity = WindowsIdentity(
        hostname=hostname,
        answer_file=render(hostname, networks, time_zone=time_zone, counter_account=counter_account),
        host_key=host_key,
        host_key_public=host_key_public.strip(),
        networks=tuple(networks),
        authorized_keys=tuple(one.strip() for one in authorized_keys),
        account=account,
        recovery_certificate=recovery_certificate,
    )
    identity.check()
    return identity
