from __future__ import annotations

import pytest

from officefleet.drivers.catalog import load_catalog, usb_names
from officefleet.errors import DriverError, ModelError, OfficefleetError, ProblemsError

PRODUCT = """\
name: {name}
product: {product}
vendor: Test
kinds: [scanner]
modes:
  - {{mode: keyboard, usb: ["{usb}"]{more}}}
{extra}source: {{title: test, date: 2026-01-01}}
"""
RULE = """\
id: {name}
title: {{fr: Un titre, en: A title}}
verdict: {verdict}
when:
  {when}
reason: {{fr: Une raison, en: A reason}}
cure: {{fr: Un remède, en: A cure}}
source: {{title: test, date: 2026-01-01}}
"""


def product(
    folder, name="test-scanner", product="Test scanner", usb="1eab:ffff", more="", extra="usb_source: test\n"
):
    text = PRODUCT.format(name=name, product=product, usb=usb, more=more, extra=extra)
    (folder / "peripherals" / f"{name}.yml").write_text(text)


def rule(folder, when, name="test-rule", verdict="block"):
    (folder / "rules" / f"{name}.yml").write_text(RULE.format(name=name, verdict=verdict, when=when))


def refused(folder):
    with pytest.raises(OfficefleetError) as caught:
        load_catalog(folder)
    return caught.value


def test_an_entry_is_one_file(catalog_folder):
    product(catalog_folder)
    assert load_catalog(catalog_folder).products["test-scanner"].vendor == "Test"


def test_the_shipped_usb_list():
    names = usb_names()
    assert names["08e6:3437"][1].startswith("GemPC Twin")
    assert len(names) > 1300


def test_no_catalogue(tmp_path):
    error = refused(tmp_path / "none")
    assert isinstance(error, DriverError)
    assert "none" in str(error.mark)


def test_an_unknown_key_names_its_line_and_the_nearest_spelling(catalog_folder):
    product(catalog_folder, extra="alises: [x]\nusb_source: test\n")
    error = refused(catalog_folder)
    assert isinstance(error, ModelError)
    assert error.mark.file.endswith("test-scanner.yml")
    assert (error.mark.line, error.mark.column) == (7, 1)
    assert "aliases" in error.hint


def test_an_unknown_trait_names_its_line(catalog_folder):
    product(catalog_folder, extra="traits: [data_matrix]\nusb_source: test\n")
    error = refused(catalog_folder)
    assert error.mark.line == 7
    assert "datamatrix" in error.hint


@pytest.mark.parametrize(
    ("spoil", "message", "hint"),
    [
        (lambda f: product(f, usb="08e6:3437"), "claim the same USB id 08e6:3437", "shared_usb"),
        (lambda f: product(f, extra=""), "1eab:ffff is not in the shipped list", "usb_source"),
        (lambda f: product(f, product="KAP-LINK"), "both called 'kap-link'", ""),
        (lambda f: product(f, more=", drivers: [ftdi-vpc]"), "'ftdi-vpc' is not in the catalogue", "ftdi-vcp"),
        (lambda f: product(f, more=", drivers: [ftdi-vcp]"), "serves none of the ids", "one of the two"),
        (lambda f: rule(f, "update: {introduced: [KB5066836]}"), "'KB5066836' is not", "KB5066835"),
        (lambda f: rule(f, "driver: {name: [ftdi-vpc]}"), "'ftdi-vpc' is not", "ftdi-vcp"),
        (lambda f: rule(f, "lgo: {name: [winfarma]}"), "'winfarma' is not", "winpharma"),
        (lambda f: rule(f, "peripheral: {vendor: [Brothr]}"), "'Brothr' is not", "Brother"),
        (lambda f: rule(f, "driver: {state: [missing]}"), "same conditions", "one of the two"),
        (
            lambda f: rule(f, "driver: {state: [missing]}", verdict="warn"),
            "same conditions and other verdicts",
            "one of the two",
        ),
        (
            lambda f: rule(f, "update: {introduced: [KB5066835], fixed: [KB5048667]}"),
            "cannot fix it",
            "",
        ),
        (lambda f: (f / "rules" / "old.yml").write_text((f / "rules" / "mode-differs.yml").read_text()),
         "file of another name", "mode-differs.yml"),
        (lambda f: (f / "printers").mkdir(), "unknown folder 'printers'", "peripherals"),
    ],
)  # fmt: skip
def test_what_contradicts_itself(catalog_folder, spoil, message, hint):
    spoil(catalog_folder)
    error = refused(catalog_folder)
    assert message in error.message
    assert hint in error.hint
    assert str(catalog_folder) in error.mark.file


@pytest.mark.parametrize(
    ("when", "verdict", "message"),
    [
        ("{}", "block", "hold everywhere"),
        ("driver: {state: [missing]}", "ok", "ok is what remains"),
        ("os: {build: {min: 3, max: 2}}", "block", "max is below min"),
        ("middleware: {galss: {}}", "block", "give installed, min or before"),
        ("update: {}", "block", "give introduced or fixed"),
    ],
)
def test_a_rule_that_cannot_be_right(catalog_folder, when, verdict, message):
    rule(catalog_folder, when, verdict=verdict)
    assert message in refused(catalog_folder).message


def test_all_faults_are_told_at_once(catalog_folder):
    product(catalog_folder, extra="")
    rule(catalog_folder, "driver: {name: [nothing]}")
    (catalog_folder / "updates" / "KB5066835.yml").write_text("kb: [\n")
    error = refused(catalog_folder)
    assert isinstance(error, ProblemsError)
    places = {one.mark.file.rpartition("/")[2] for one in error.problems}
    assert {"test-scanner.yml", "test-rule.yml", "KB5066835.yml"} <= places
