"""peripheral_facts is what `drivers check --live` reads, as facts of a play."""

from __future__ import annotations

from officefleet.agents import bundle, peripherals
from officefleet.drivers.live import from_posix


def test_the_facts_have_the_form_that_the_drivers_area_reads(run) -> None:
    result = run("peripheral_facts", {})
    assert result["changed"] is False
    facts = result["ansible_facts"]["peripherals"]
    assert facts == peripherals.peripheral_facts()
    assert len(from_posix(facts).devices) == len(facts["usb"])


def test_the_reader_travels_with_the_module() -> None:
    assert "officefleet.agents.peripherals" in bundle.module_sources("peripheral_facts")
