from __future__ import annotations

import re

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.models import (
    BackupCopy,
    BackupPolicy,
    BackupRule,
    BuildRange,
    Connection,
    Driver,
    Fleet,
    Frequency,
    Interface,
    Machine,
    Media,
    Peripheral,
    Pharmacy,
    host_prefix,
    pharmacy_id_of,
    slugify,
)

LIVE = BackupCopy(media=Media.INTERNAL_DISK, live=True)
NAS = BackupCopy(media=Media.NAS)
HOME = BackupCopy(media=Media.EXTERNAL_DISK, offsite=True, offline=True, encrypted=True)


def _policy(*copies: BackupCopy, test_days: int | None = 90) -> BackupPolicy:
    return BackupPolicy(name="p", copies=copies, restore_test_days=test_days)


@pytest.mark.parametrize(
    ("policy", "broken"),
    [
        (_policy(LIVE, NAS, HOME), ()),
        (_policy(LIVE, HOME), (BackupRule.THREE_COPIES,)),
        (
            _policy(LIVE, LIVE.model_copy(update={"live": False}), LIVE.model_copy(update={"live": False})),
            (BackupRule.THREE_COPIES, BackupRule.TWO_MEDIA, BackupRule.ONE_OFFSITE, BackupRule.ONE_OFFLINE)[
                1:
            ],
        ),
        (_policy(LIVE, NAS, NAS), (BackupRule.ONE_OFFSITE, BackupRule.ONE_OFFLINE)),
        (_policy(LIVE, NAS, HOME.model_copy(update={"offline": False})), (BackupRule.ONE_OFFLINE,)),
        (_policy(LIVE, NAS, HOME.model_copy(update={"encrypted": False})), (BackupRule.OFFSITE_ENCRYPTED,)),
        (
            _policy(LIVE, *(one.model_copy(update={"frequency": Frequency.WEEKLY}) for one in (NAS, HOME))),
            (BackupRule.DAILY,),
        ),
        (_policy(LIVE, NAS, HOME, test_days=None), (BackupRule.RESTORE_TESTED,)),
    ],
)
def test_backup_policies_are_held_to_the_rules(policy: BackupPolicy, broken: tuple[BackupRule, ...]) -> None:
    assert policy.broken_rules() == broken


def test_the_live_data_alone_are_no_backup() -> None:
    assert BackupRule.THREE_COPIES in _policy(LIVE, LIVE, LIVE).broken_rules()


def _pharmacy(postcode: str) -> Pharmacy:
    return Pharmacy.model_validate(
        {
            "id": "officine_0421",
            "name": "P",
            "groupement": "g",
            "address": {"street": "s", "postcode": postcode, "city": "c"},
            "region": "Provence-Alpes-Côte d'Azur",
            "opening_hours": "24/7",
            "machines": [
                {
                    "name": "o0421-nas-1",
                    "kind": "nas",
                    "os": {"family": "debian", "version": "12"},
                    "address": "10.0.0.1",
                }
            ],
        }
    )


@pytest.mark.parametrize(
    ("postcode", "timezone", "subdivision"),
    [
        ("35500", "Europe/Paris", None),
        ("67000", "Europe/Paris", "6AE"),
        ("68100", "Europe/Paris", "6AE"),
        ("57000", "Europe/Paris", "57"),
        ("20000", "Europe/Paris", None),
        ("97110", "America/Guadeloupe", "971"),
        ("97200", "America/Martinique", "972"),
        ("97300", "America/Cayenne", "973"),
        ("97400", "Indian/Reunion", "974"),
        ("97600", "Indian/Mayotte", "976"),
    ],
)
def test_the_postcode_gives_time_zone_and_holidays(
    postcode: str, timezone: str, subdivision: str | None
) -> None:
    pharmacy = _pharmacy(postcode)
    assert (pharmacy.timezone, pharmacy.holidays_subdivision) == (timezone, subdivision)
    days = holidays.country_holidays("FR", subdiv=pharmacy.holidays_subdivision, years=2026)
    assert ("2026-12-26" in days) == (subdivision in ("57", "6AE"))


def test_the_policy_in_force_is_the_pharmacys_else_the_groupements() -> None:
    other = BackupPolicy(name="other", copies=(LIVE,))
    fleet = Fleet.model_validate(
        {
            "name": "F",
            "groupements": [{"id": "g", "name": "G", "backup_policy": "p"}],
            "backup_policies": [_policy(LIVE), other],
        }
    )
    pharmacy = _pharmacy("35500")
    assert fleet.policy_of(pharmacy) == _policy(LIVE)
    assert fleet.policy_of(pharmacy.model_copy(update={"backup_policy": "other"})) == other
    assert fleet.policy_of(pharmacy.model_copy(update={"groupement": None})) is None


@pytest.mark.parametrize(
    ("fields", "interface"),
    [
        ({"usb": "0f14:0038", "com": 4}, Interface.USB),
        ({"address": "10.0.0.7"}, Interface.NETWORK),
        ({"com": 1}, Interface.SERIAL),
    ],
)
def test_a_peripheral_occupies_one_kind_of_port(fields: dict[str, object], interface: Interface) -> None:
    assert Peripheral.model_validate({"name": "p", "kind": "other", **fields}).interface is interface


@pytest.mark.parametrize(
    ("family", "said", "used"),
    [
        ("windows", None, Connection.WINRM),
        ("debian", None, Connection.SSH),
        ("windows", "ssh", Connection.SSH),
        ("debian", "local", Connection.LOCAL),
    ],
)
def test_the_family_decides_the_connection_unless_said(
    family: str, said: str | None, used: Connection
) -> None:
    machine = Machine.model_validate(
        {
            "name": "o0421-a",
            "kind": "serveur",
            "os": {"family": family, "version": "1"},
            "address": "10.0.0.1",
            "connection": said,
        }
    )
    assert machine.effective_connection() is used


def test_usb_ids_come_from_hardware_ids_without_repetition() -> None:
    driver = Driver.model_validate(
        {
            "name": "d",
            "version": "1.0",
            "date": "2024-01-01",
            "class": "Ports",
            "arch": ["x64"],
            "signature": "whql",
            "hardware_ids": [
                "USB\\VID_067B&PID_2303",
                "USB\\vid_067b&pid_2303&REV_0300",
                "USB\\Class_0B",
                "USB\\VID_0483&PID_5740&MI_00",
            ],
        }
    )
    assert driver.usb_ids() == ("067b:2303", "0483:5740")


@given(st.integers(7600, 99999), st.none() | st.integers(7600, 99999), st.integers(7600, 99999))
def test_a_build_range_holds_its_ends_and_what_lies_between(low: int, high: int | None, build: int) -> None:
    if high is not None and high < low:
        low, high = high, low
    inside = BuildRange(min=low, max=high)
    assert inside.holds(low)
    assert inside.holds(build) == (build >= low and (high is None or build <= high))


@given(st.text())
def test_a_slug_is_fit_for_a_group_name(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"(?:[a-z0-9]+(?:_[a-z0-9]+)*)?", slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Provence-Alpes-Côte d'Azur", "provence_alpes_cote_d_azur"),
        ("Île-de-France", "ile_de_france"),
        ("La Réunion", "la_reunion"),
        ("Alsace-Moselle", "alsace_moselle"),
        ("Cœur", "coeur"),
    ],
)
def test_slugs_of_regions(text: str, slug: str) -> None:
    assert slugify(text) == slug


@given(st.from_regex(r"officine_[0-9]{4,6}", fullmatch=True), st.from_regex(r"[a-z0-9-]+", fullmatch=True))
def test_a_host_name_names_its_pharmacy(pharmacy: str, rest: str) -> None:
    assert pharmacy_id_of(host_prefix(pharmacy) + rest) == pharmacy


@pytest.mark.parametrize(
    "name", ["web1", "o-1", "o421-a", "o0421", "p0421-a", "o04²1-a", "o1234567-a", "oabcd-x"]
)
def test_other_host_names_name_none(name: str) -> None:
    assert pharmacy_id_of(name) is None
