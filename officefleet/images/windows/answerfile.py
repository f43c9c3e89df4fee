"""The checks that an unattend.xml must pass before it is written to a poste.

Microsoft's schema is part of its deployment kit and may not be shipped here, so the names, passes, attributes and
orders that officefleet's own answer files use are checked one by one; anything else is refused. Source: the
"Unattended Windows Setup Reference" on learn.microsoft.com (valid passes of each setting; order within Interface).
Runs in the rescue environment too: standard library only.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from officefleet.i18n import _
from officefleet.images.faults import TargetError

NAMESPACE = "urn:schemas-microsoft-com:unattend"
WCM = "http://schemas.microsoft.com/WMIConfig/2002/State"
PASSES = ("specialize", "oobeSystem")  # of all passes, those that run on a disk after sysprep; in this order
COMPONENTS = {
    "Microsoft-Windows-Deployment": ("specialize",),
    "Microsoft-Windows-DNS-Client": ("specialize",),
    "Microsoft-Windows-International-Core": ("specialize", "oobeSystem"),
    "Microsoft-Windows-Shell-Setup": ("specialize", "oobeSystem"),
    "Microsoft-Windows-TCPIP": ("specialize",),
}
ATTRIBUTES = {
    "processorArchitecture": "amd64",
    "publicKeyToken": "31bf3856ad364e35",
    "language": "neutral",
    "versionScope": "nonSxS",
}
# What may be directly below an element, in this order; an element that is not here holds text only.
CHILDREN: dict[str, tuple[str, ...]] = {
    "Microsoft-Windows-Deployment": ("ExtendOSPartition", "RunSynchronous"),
    "ExtendOSPartition": ("Extend",),
    "RunSynchronous": ("RunSynchronousCommand",),
    "RunSynchronousCommand": ("Description", "Order", "Path", "WillReboot"),
    "Microsoft-Windows-DNS-Client": ("Interfaces",),
    "Microsoft-Windows-TCPIP": ("Interfaces",),
    "Interfaces": ("Interface",),
    "Interface": (
        "Ipv4Settings", "Ipv6Settings", "Identifier", "UnicastIpAddresses", "Routes", "DNSServerSearchOrder",
        "EnableAdapterDomainNameRegistration",
    ),
    "Ipv4Settings": ("DhcpEnabled",),
    "UnicastIpAddresses": ("IpAddress",),
    "DNSServerSearchOrder": ("IpAddress",),
    "Routes": ("Route",),
    "Route": ("Identifier", "NextHopAddress", "Prefix"),
    "Microsoft-Windows-International-Core": ("InputLocale", "SystemLocale", "UILanguage", "UserLocale"),
    "Microsoft-Windows-Shell-Setup": ("ComputerName", "OOBE", "TimeZone", "UserAccounts"),
    "OOBE": ("HideEULAPage", "HideOnlineAccountScreens", "HideWirelessSetupInOOBE", "ProtectYourPC"),
    "UserAccounts": ("LocalAccounts",),
    "LocalAccounts": ("LocalAccount",),
    "LocalAccount": ("DisplayName", "Group", "Name"),
}  # fmt: skip
SECRETS = ("password", "administratorpassword", "credentials", "productkey", "autologon", "key")
_LARGEST = 256 * 1024
_LONGEST_COMMAND = 259  # Microsoft's limit of RunSynchronousCommand's Path


def check_answer_file(content: str, hostname: str) -> None:
    """Check an unattend.xml.

    Args:
        content: all of it.
        hostname: the name that it must give the machine.

    Raises:
        TargetError: what is wrong with it.

    """
    if len(content) > _LARGEST or "<!DOCTYPE" in content or "<!ENTITY" in content:
        raise _wrong(_("it is too long or has a document type"))
    try:
        root = ET.fromstring(content)  # noqa: S314  no document type, so no entity is ever expanded
    except ET.ParseError as error:
        raise _wrong(str(error)) from error
    if root.tag != _tag("unattend"):
        raise _wrong(_("it does not begin with <unattend>"))
    passes = [_check_pass(one) for one in root]
    if passes != [one for one in PASSES if one in passes] or "specialize" not in passes:
        raise _wrong(_("its passes are {names}").format(names=", ".join(passes) or "-"))
    names = [one.text for one in root.iter(_tag("ComputerName"))]
    if names != [hostname]:
        raise _wrong(_("it does not give the name {name} once").format(name=hostname))


def _check_pass(settings: ET.Element) -> str:
    name = settings.get("pass", "")
    if settings.tag != _tag("settings") or list(settings.attrib) != ["pass"]:
        raise _wrong(_("{name} is no pass").format(name=settings.tag))
    found = [_check_component(one, name) for one in settings]
    if len(set(found)) != len(found):
        raise _wrong(_("a component is twice in the pass {name}").format(name=name))
    return name


def _check_component(component: ET.Element, in_pass: str) -> str:
    name = component.get("name", "")
    if component.tag != _tag("component") or in_pass not in COMPONENTS.get(name, ()):
        raise _wrong(_("{name} has no place in the pass {pass_name}").format(name=name, pass_name=in_pass))
    if {key: value for key, value in component.attrib.items() if key != "name"} != ATTRIBUTES:
        raise _wrong(
            _("{name} has other attributes than {wanted}").format(name=name, wanted=sorted(ATTRIBUTES))
        )
    _check_children(component, name)
    return name


def _check_children(element: ET.Element, name: str) -> None:
    allowed = CHILDREN.get(name, ())
    place = 0
    for child in element:
        prefix, _bracket, own = child.tag.rpartition("}")
        if own.lower() in SECRETS:
            raise _wrong(_("it holds {name}: no password or key may be in it").format(name=own))
        if prefix != "{" + NAMESPACE or own not in allowed:
            raise _wrong(_("{name} has no place in {parent}").format(name=own, parent=name))
        if allowed.index(own) < place:
            raise _wrong(_("{name} is out of order in {parent}").format(name=own, parent=name))
        place = allowed.index(own)
        if any(key not in (f"{{{WCM}}}action", f"{{{WCM}}}keyValue") for key in child.attrib):
            raise _wrong(_("{name} has an attribute that it may not have").format(name=own))
        if own not in CHILDREN and not (child.text or "").strip():
            raise _wrong(_("{name} is empty").format(name=own))
        if own == "Path" and len(child.text or "") > _LONGEST_COMMAND:
            raise _wrong(_("a command is longer than {count} characters").format(count=_LONGEST_COMMAND))
        _check_children(child, own)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _wrong(reason: str) -> TargetError:
    return TargetError(_("The answer file is wrong: {reason}.").format(reason=reason))
