from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from officefleet.drivers.keyboard import AZERTY, GROUP_SEPARATOR, LAYOUTS, QWERTY, QWERTZ_CH, arrives
from officefleet.drivers.scantest import CONTENT, ScanCause, diagnose, matrix, svg, terminal_lines


def test_digits_of_a_qwerty_scanner_on_an_azerty_poste():
    assert arrives("0123456789", QWERTY, AZERTY) == "à&é\"'(-è_ç"
    assert arrives("AQZWM;-_", QWERTY, AZERTY) == "QAWZ?m)°"


def test_an_azerty_scanner_on_a_qwerty_poste():
    assert arrives("0123456789", AZERTY, QWERTY) == ")!@#$%^&*("
    assert arrives("azqwm", AZERTY, QWERTY) == "qwaz;"


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_a_layout_types_what_it_means(layout):
    assert len(layout.plain) == len(layout.shifted) == 47
    assert arrives(CONTENT, layout, layout) == CONTENT
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert arrives(letters + letters.upper(), layout, layout) == letters + letters.upper()
    assert arrives("ab", layout, layout, caps=True) == "AB"


@pytest.mark.parametrize("scanner", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize("system", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize("caps", [False, True])
def test_every_pair_of_layouts_is_told_apart(scanner, system, caps):
    found = diagnose(arrives(CONTENT, scanner, system, caps=caps) + "\r\n")
    if scanner is system:
        assert found.cause is (ScanCause.CAPS_LOCK if caps else ScanCause.GOOD)
        return
    assert found.cause is (ScanCause.LAYOUT_AND_CAPS if caps else ScanCause.LAYOUT)
    assert scanner.name in found.message
    assert system.name in found.message
    assert system.name in found.cure


@pytest.mark.parametrize(
    ("received", "cause"),
    [
        ("", ScanCause.NOTHING),
        ("\r\n", ScanCause.NOTHING),
        (CONTENT, ScanCause.GOOD),
        (CONTENT.replace(GROUP_SEPARATOR, ""), ScanCause.SEPARATOR),
        (CONTENT.replace(GROUP_SEPARATOR, "|"), ScanCause.SEPARATOR),
        (CONTENT.replace(GROUP_SEPARATOR, "^]"), ScanCause.SEPARATOR),
        (CONTENT.upper(), ScanCause.CASE),
        (CONTENT.lower(), ScanCause.CASE),
        ("]d2" + CONTENT, ScanCause.AFFIX),
        (CONTENT + "!", ScanCause.AFFIX),
        (CONTENT[:20], ScanCause.TRUNCATED),
        ("3400930000120", ScanCause.UNKNOWN),
        (arrives(CONTENT.replace(GROUP_SEPARATOR, ""), QWERTY, AZERTY), ScanCause.LAYOUT),
    ],
)
def test_causes(received, cause):
    found = diagnose(received)
    assert found.cause is cause
    assert found.good == (cause is ScanCause.GOOD)
    assert found.good or found.cure


@given(st.text(max_size=60))
def test_only_the_content_is_good(text):
    assert diagnose(text).good == (text.rstrip("\r\n\t") == CONTENT)


def test_the_content_tells_layouts_apart():
    typed = {
        arrives(CONTENT, scanner, system)
        for scanner in LAYOUTS
        for system in LAYOUTS
        if scanner is not system
    }
    assert len(typed) == 6
    assert QWERTZ_CH.name == "QWERTZ"


def test_the_code_has_finder_timing_and_quiet_zone():
    modules = matrix()
    inner = [row[2:-2] for row in modules[2:-2]]
    assert all(not cell for row in (*modules[:2], *modules[-2:]) for cell in row)
    assert all(inner[-1]), "the lower edge is dark"
    assert all(row[0] for row in inner), "the left edge is dark"
    assert [row[-1] for row in inner] == [index % 2 == 1 for index in range(len(inner))]


def test_the_terminal_shows_the_same_modules():
    glyphs = {" ": (True, True), "▄": (True, False), "▀": (False, True), "█": (False, False)}
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in terminal_lines(matrix())]
    rows = [list(one) for line in lines for one in zip(*(glyphs[char] for char in line), strict=True)]
    assert rows[: len(matrix())] == matrix()


def test_a_decoder_reads_it(tmp_path):
    if shutil.which("dmtxread") is None:
        pytest.skip("needs dmtxread (Debian: dmtx-utils)")
    modules, scale = matrix(), 8
    rows = [bytes(0 if dark else 255 for dark in row for _x in range(scale)) * scale for row in modules]
    image = tmp_path / "code.pgm"
    image.write_bytes(b"P5 %d %d 255\n" % (len(modules[0]) * scale, len(modules) * scale) + b"".join(rows))
    done = subprocess.run(["dmtxread", "-N1", image], capture_output=True, check=False)
    assert done.stdout.decode() == CONTENT


def test_svg_draws_each_dark_module():
    text = svg(matrix())
    assert text.count("h1v1h-1z") == sum(cell for row in matrix() for cell in row)
