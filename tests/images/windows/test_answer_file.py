"""What an answer file may hold, and what the template makes of hostile values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.images.faults import TargetError
from officefleet.images.windows.answerfile import check_answer_file
from officefleet.images.windows.identity import Network, check_computer_name, computer_name
from officefleet.images.windows.unattend import render

NAME = "poste-1"
GOOD = render(
    NAME, [Network("Ethernet", "192.0.2.5/24", "192.0.2.1", ("192.0.2.1",))], counter_account="comptoir"
)


def test_a_good_one_is_french() -> None:
    check_answer_file(GOOD, NAME)
    for text in (
        "<TimeZone>Romance Standard Time</TimeZone>", "<UserLocale>fr-FR</UserLocale>",
        "<InputLocale>040c:0000040c</InputLocale>", 'processorArchitecture="amd64"', "<Extend>true</Extend>",
    ):  # fmt: skip
        assert text in GOOD


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<TimeZone>", "<ProductKey>X</ProductKey><TimeZone>", "ProductKey"),
        ("<Group>Users</Group>", "<Group>Users</Group><Password><Value>x</Value></Password>", "Password"),
        ("<OOBE>", "<AutoLogon><Enabled>true</Enabled></AutoLogon><OOBE>", "AutoLogon"),
        ('pass="specialize"', 'pass="windowsPE"', "has no place in the pass"),
        ('pass="oobeSystem"', 'pass="specialize"', "its passes are"),
        ('processorArchitecture="amd64"', 'processorArchitecture="x86"', "other attributes"),
        ("Microsoft-Windows-TCPIP", "Microsoft-Windows-Other", "has no place in the pass"),
        ("<TimeZone>Romance Standard Time</TimeZone>", "<TimeZone></TimeZone>", "is empty"),
        ("<ComputerName>poste-1<", "<ComputerName>*<", "does not give the name"),
        ("<Extend>true</Extend>", "<Extend>true</Extend><Size>1</Size>", "Size has no place"),
        ("<Order>1</Order>", "", ""),
        ("<SystemLocale>fr-FR</SystemLocale>", "", ""),
        ("<unattend ", "<other ", "mismatched"),
        ("</unattend>", "", "no element"),
        ("<TimeZone>", "<x/><TimeZone>", "x has no place"),
        ("<WillReboot>", "<Path>y</Path><Order>2</Order><WillReboot>", "out of order"),
        ("<Path>", "<Path>" + "x" * 300, "longer than 259"),
        ('wcm:action="add"', 'onload="x"', "attribute"),
    ],
)
def test_what_is_refused(old, new, says) -> None:
    bad = GOOD.replace(old, new, 1)
    assert bad != GOOD
    if not says:  # leaving out is allowed: Windows has defaults
        check_answer_file(bad, NAME)
        return
    with pytest.raises(TargetError, match=says):
        check_answer_file(bad, NAME)


def test_the_same_component_twice() -> None:
    start = GOOD.index('    <component name="Microsoft-Windows-TCPIP"')
    end = GOOD.index("</component>", start) + len("</component>\n")
    with pytest.raises(TargetError, match="twice"):
        check_answer_file(GOOD[:end] + GOOD[start:end] + GOOD[end:], NAME)


@pytest.mark.parametrize(
    "head", ['<!DOCTYPE a [<!ENTITY x "y">]>', "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"]
)
def test_no_document_type(head) -> None:
    with pytest.raises(TargetError, match="document type"):
        check_answer_file(GOOD.replace("\n<unattend", f"\n{head}\n<unattend", 1), NAME)


@settings(deadline=None)  # the machine may be busy
@given(st.text(max_size=40), st.text(max_size=30))
def test_whatever_the_values_the_file_is_right_or_refused(interface, account) -> None:
    """No value can add an element, and so a password or a command, of its own."""
    try:
        made = render(NAME, [Network(interface)], counter_account=account)
    except TargetError:
        return
    check_answer_file(made, NAME)
    assert made.count("<LocalAccount ") <= 1
    assert made.count("<Path>") == 1


@pytest.mark.parametrize(
    ("hostname", "name"),
    [("o0421-comptoir-1", "o0421-comptoi-1"), ("o0421-nas-1", "o0421-nas-1"), ("a" * 40, "a" * 15)],
)
def test_a_name_that_windows_takes(hostname, name) -> None:
    assert computer_name(hostname) == name


@settings(deadline=None)  # the machine may be busy
@given(st.from_regex(r"[a-z][a-z0-9]{0,20}(-[a-z0-9]{1,20}){0,4}", fullmatch=True))
def test_every_host_of_few_words_gets_a_name(hostname) -> None:
    name = computer_name(hostname)
    check_computer_name(name)
    assert name == hostname or len(name) == 15


def test_a_name_of_too_many_words() -> None:
    with pytest.raises(TargetError, match="cannot be the name"):
        computer_name("a-b-c-d-e-f-g-h-i-j")
