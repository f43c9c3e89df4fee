"""The fleet's fast way must say what the plain way says, machine by machine."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from officefleet.drivers.catalog import Verdict, load_catalog
from officefleet.drivers.verdicts.fleet import FleetJudge
from officefleet.drivers.verdicts.index import RuleIndex
from officefleet.drivers.verdicts.judge import judge_machine
from officefleet.drivers.verdicts.table import FleetTable
from officefleet.drivers.verdicts.tally import Tally
from officefleet.drivers.verdicts.update import judge_update, parse_target
from officefleet.drivers.verdicts.versions import version_key
from officefleet.errors import DriverError
from officefleet.models import Lgo, Machine, Peripheral, Pharmacy

CATALOG = load_catalog(Path(__file__).parents[2] / "inventory" / "catalog")
DAY = dt.date(2026, 11, 24)


def _peripherals():
    return [
        {
            "kind": product.kinds[0].value,
            "product": product.product,
            "mode": mode.mode.value,
            **({"usb": mode.usb[0]} if mode.usb else {"address": "10.0.0.9"}),
        }
        for product in CATALOG.products.values()
        for mode in product.modes
    ]


PERIPHERALS = _peripherals()
OPTIONAL = st.none() | st.just("5.2.3") | st.just("5.1.0")
WINDOWS = st.fixed_dictionaries(
    {
        "family": st.just("windows"),
        "version": st.just("10"),
        "build": st.sampled_from([19042, 19045, 22621, 22631, 26100, 26200]),
        "revision": st.none() | st.sampled_from([867, 868, 1165, 2605, 4830, 5440, 5768, 6456, 6899, 6901]),
        "hvci": st.none() | st.booleans(),
    }
) | st.just({"family": "windows", "version": "10"})
SYSTEMS = WINDOWS | st.just({"family": "debian", "version": "12"})


@st.composite
def machines(draw):
    chosen = draw(st.lists(st.sampled_from(PERIPHERALS), max_size=5))
    peripherals = []
    for number, one in enumerate(chosen):
        whole = {"name": f"p{number}", **one}
        if draw(st.booleans()):
            whole["driver"] = draw(st.sampled_from([*CATALOG.drivers, "no-such-driver"]))
        if draw(st.integers(0, 4)) == 0 and ("usb" in whole or "address" in whole):
            whole.pop("product")
        if whole["mode"] == "galss":
            whole |= {"com": number + 1, "port": "1-1"}
            if "address" in whole:
                whole.pop("address")
        elif draw(st.integers(0, 4)) == 0:
            whole.pop("mode")
        peripherals.append(Peripheral.model_validate(whole))
    middleware = draw(
        st.none() | st.fixed_dictionaries(dict.fromkeys(("galss", "pcsc", "cryptolib_cps", "fsv"), OPTIONAL))
    )
    return Machine.model_validate(
        {
            "name": "o0001-comptoir-1",
            "kind": "comptoir",
            "os": draw(SYSTEMS),
            "address": "10.0.0.1",
            "middleware": middleware,
            "peripherals": peripherals,
        }
    )


def pharmacy(number, members, lgo):
    named = tuple(
        one.model_copy(update={"name": f"o{number:04d}-comptoir-{index}"})
        for index, one in enumerate(members)
    )
    return Pharmacy.model_construct(
        id=f"officine_{number:04d}", machines=named, lgo=Lgo(name=lgo) if lgo else None
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(machines(), min_size=1, max_size=3), st.sampled_from([None, "id."]))
def test_json_gives_the_same_classes_as_models(members, lgo):
    home = pharmacy(1, members, lgo)
    models, plain = FleetTable(), FleetTable()
    models.add_pharmacies([home])
    dumped = [json.loads(one.model_dump_json(exclude_unset=True, by_alias=True)) for one in home.machines]
    document = {"machines": dumped, **({"lgo": {"name": lgo}} if lgo else {})}
    plain.add_json(document, {one.name for one in home.machines})
    assert plain.classes == models.classes
    assert (plain.systems, plain.middleware, plain.lgos) == (models.systems, models.middleware, models.lgos)
    assert [tuple(one) for one in plain.peripherals] == [tuple(one) for one in models.peripherals]
    assert all(
        type(a) is type(b)
        for one, other in zip(plain.peripherals, models.peripherals, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def _plain(index, members, home):
    verdicts = Counter()
    holds, undecided = Counter(), Counter()
    for machine in members:
        verdict = judge_machine(index, machine, home)
        verdicts[verdict.verdict] += 1
        every = [*verdict.findings, *(one for judged in verdict.peripherals for one in judged.findings)]
        sure = {one.rule.id for one in every if not one.missing}
        holds.update(sure)
        undecided.update({one.rule.id for one in every if one.missing} - sure)
    return verdicts, holds, undecided


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(machines(), min_size=1, max_size=4), st.sampled_from([None, "id.", "LGPI", "Autre"]))
def test_the_summary_is_the_sum_of_plain_verdicts(members, lgo):
    index = RuleIndex(CATALOG, DAY)
    home = pharmacy(1, members, lgo)
    table = FleetTable()
    table.add_pharmacies([home])
    summary = FleetJudge(index, table).summary()
    verdicts, holds, undecided = _plain(index, home.machines, home)
    assert {kind: count for kind, count in summary.verdicts.items() if count} == dict(verdicts)
    assert {rule.id: count for rule, count in summary.rules} == dict(holds)
    assert {rule.id: count for rule, count in summary.undecided} == dict(undecided)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(machines(), min_size=1, max_size=3), st.sampled_from(sorted(CATALOG.updates)))
def test_an_update_breaks_what_a_machine_that_has_it_shows(members, kb):
    index = RuleIndex(CATALOG, DAY)
    home = pharmacy(1, members, None)
    table = FleetTable()
    table.add_pharmacies([home])
    target = parse_target(kb, CATALOG)
    impact = judge_update(FleetJudge(index, table), target)
    broken = {(rule.id, host) for rule, hosts in impact.broken for host in hosts}
    expected = set()
    for machine in home.machines:
        revision = CATALOG.updates[kb].builds.get(machine.os.build)
        if not revision or (machine.os.revision or 0) >= revision:
            continue
        system = machine.os.model_copy(update={"revision": revision})
        before, after = (
            _plain(index, [one], home)[1] for one in (machine, machine.model_copy(update={"os": system}))
        )
        expected |= {(rule, machine.name) for rule in after.keys() - before.keys()}
    assert broken == expected


def _windows(build, revision, mode="pcsc"):
    return Machine.model_validate(
        {
            "name": "o0001-comptoir-1",
            "kind": "comptoir",
            "address": "10.0.0.1",
            "os": {"family": "windows", "version": "11", "build": build, "revision": revision},
            "peripherals": [
                {"name": "r", "kind": "cps_reader", "product": "GemPC Twin", "usb": "08e6:3437"}
                | {"mode": mode, "driver": "ms-usbccid"}
            ],
        }
    )


def _impact(kb, *members):
    table = FleetTable()
    home = pharmacy(1, members, None)
    table.add_pharmacies([home])
    return judge_update(FleetJudge(RuleIndex(CATALOG, DAY), table), parse_target(kb, CATALOG))


def test_kb5066835_and_a_card_reader():
    impact = _impact("KB5066835", _windows(26100, 6584), _windows(26100, 6901), _windows(22631, 6000))
    assert impact.machines == 3
    assert impact.concerned == 1, "one has it already, one has another build"
    assert impact.hosts == {"o0001-comptoir-0": Verdict.BLOCK}
    assert [rule.id for rule, _hosts in impact.broken] == [
        "kb5066835-smartcard-ksp",
        "kb5066835-winre-usb-dead",
    ]
    assert impact.verdict is Verdict.BLOCK


def test_a_machine_whose_revision_is_not_recorded_counts_as_concerned():
    impact = _impact("KB5066835", _windows(26100, None))
    assert impact.verdict is Verdict.BLOCK


def test_a_machine_whose_build_is_not_recorded_makes_it_unknown():
    impact = _impact("KB5066835", _windows(None, None))
    assert impact.not_recorded == ["o0001-comptoir-0"]
    assert impact.verdict is Verdict.UNKNOWN


def test_a_version_upgrade():
    impact = _impact("26100.6899", _windows(22631, 5000))
    assert "kb5066835-smartcard-ksp" in {rule.id for rule, _hosts in impact.broken}
    assert _impact("26100", _windows(26200, 7000)).concerned == 0


def test_an_unknown_update_names_the_nearest():
    with pytest.raises(DriverError, match="KB5066836") as caught:
        parse_target("5066836", CATALOG)
    assert "KB5066835" in caught.value.hint
    assert parse_target("kb5066835", CATALOG).name == "KB5066835"


@given(st.lists(st.tuples(st.integers(0, 2**12 - 1), st.integers(1, 9)), max_size=30))
def test_the_tally_counts_bits(masks):
    tally = Tally()
    plain = Counter()
    for mask, times in masks:
        tally.add(mask, times)
        for bit in range(12):
            plain[bit] += times * (mask >> bit & 1)
    counts = tally.counts()
    assert dict(counts) == {bit: count for bit, count in plain.items() if count}
    assert [count for _bit, count in counts] == sorted(dict(counts).values(), reverse=True)


@pytest.mark.parametrize(
    ("low", "high"),
    [("5.2", "5.10"), ("5.2rc1", "5.2"), ("5.1.9", "5.2"), ("1.40.9", "1.40.14"), ("3.3.2.105", "3.3.11")],
)
def test_versions_in_order(low, high):
    assert version_key(low) < version_key(high)


def test_trailing_zeros_do_not_count():
    assert version_key("5.2") == version_key("5.2.0.0")
