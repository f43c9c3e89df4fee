from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from officefleet.drivers.inf import WindowsVersion, parse_inf, parse_inf_bytes, parse_target
from officefleet.drivers.inf.text import MAX_BYTES, decode
from officefleet.errors import InfError

PORTS = r"""
[Version]
Signature   = "$Windows NT$"
Class       = Ports
ClassGuid   = {4D36E978-E325-11CE-BFC1-08002BE10318}
Provider    = %Maker%
DriverVer   = 03/05/2024,1.2.3.4
CatalogFile = plain.cat
CatalogFile.NTamd64 = amd64.cat

[Manufacturer]
%Maker% = Models, NTx86, NTamd64, NTamd64.10.0, NTamd64.10.0...22621
Lone

[Models.NTx86]
%Reader% = Install, USB\VID_1234&PID_0001
[Models.NTamd64]
%Reader% = Install.Old, USB\VID_1234&PID_0001
[Models.NTamd64.10.0]
%Reader% = Install, USB\VID_1234&PID_0001, USB\Class_0B
%Only10% = Install, , USB\Class_0B&SubClass_00, USB\Class_0B
[Models.NTamd64.10.0...22621]
%Reader% = Install.New, USB\VID_1234&PID_0001
[Lone]
"A device" = Lone_Install, ROOT\LONE

[Install.NT]
FeatureScore = 0x40
CopyFiles = Files
[Install.New.NTamd64]
CopyFiles = Files
[Lone_Install]
[SourceDisksNames]
1 = %Maker%,,,\sub
[SourceDisksFiles]
reader.sys = 1
[SourceDisksFiles.amd64]
reader64.sys = 1,x64

[Strings]
Maker = "Test Maker"
Reader = "Card reader"
[Strings.040c]
Reader = "Lecteur de cartes"
"""


def parse(text=PORTS, **options):
    return parse_inf_bytes(text.lstrip().encode("cp1252"), "t.inf", **options)


def test_the_version_section():
    inf = parse()
    assert (inf.class_name, inf.provider) == ("Ports", "Test Maker")
    assert inf.class_guid == "{4d36e978-e325-11ce-bfc1-08002be10318}"
    assert inf.driver_version.date == dt.date(2024, 3, 5)
    assert inf.driver_version.numbers == (1, 2, 3, 4)
    assert str(inf.driver_version) == "2024-03-05 1.2.3.4"


@pytest.mark.parametrize(("architecture", "catalog"), [("amd64", "amd64.cat"), ("x86", "plain.cat")])
def test_the_catalogue_of_an_architecture(architecture, catalog):
    assert parse().catalog_for(architecture) == catalog


def test_strings_in_the_machines_language():
    assert {one.description for one in parse().models} >= {"Lecteur de cartes", "%Only10%", "A device"}
    assert "Card reader" in {one.description for one in parse(language="en").models}


def test_a_string_that_is_not_defined_is_warned_of_with_its_place():
    (warning,) = parse().warnings
    assert "Only10" in warning.message
    assert (
        warning.mark.line
        == PORTS.lstrip().split("\n").index("%Only10% = Install, , USB\\Class_0B&SubClass_00, USB\\Class_0B")
        + 1
    )


@pytest.mark.parametrize(
    ("windows", "sections"),
    [
        (WindowsVersion("x86", 10, 0, 19045), {"Models.NTx86", "Lone"}),
        (WindowsVersion("amd64", 6, 1, 7601), {"Models.NTamd64"}),
        (WindowsVersion("amd64", 10, 0, 19045), {"Models.NTamd64.10.0"}),
        (WindowsVersion("amd64", 10, 0, 22621), {"Models.NTamd64.10.0...22621"}),
        (WindowsVersion("amd64", 10, 0, 26100), {"Models.NTamd64.10.0...22621"}),
        (WindowsVersion("arm64", 10, 0, 26100), set()),
    ],
)
def test_the_models_section_closest_to_the_system(windows, sections):
    assert {one.section for one in parse().models_for(windows)} == sections


def test_a_line_without_a_hardware_id():
    (line,) = [one for one in parse().models if one.description == "%Only10%"]
    assert line.hardware_id == ""
    assert line.compatible_ids == ("USB\\Class_0B&SubClass_00", "USB\\Class_0B")


@pytest.mark.parametrize(
    ("name", "architecture", "expected"),
    [
        ("Install", "amd64", ("Install.nt", True)),
        ("Install.New", "amd64", ("Install.New.ntamd64", True)),
        ("Lone_Install", "amd64", ("Lone_Install", False)),
    ],
)
def test_the_install_section_in_use(name, architecture, expected):
    assert parse().install_section(name, architecture) == expected


def test_the_feature_score():
    assert parse().feature_score("Install", "amd64") == 0x40
    assert parse().feature_score("Lone_Install", "amd64") == 0xFF
    with pytest.raises(InfError, match="FeatureScore") as caught:
        parse(PORTS.replace("0x40", "0x140")).feature_score("Install", "amd64")
    assert caught.value.mark.line > 0


def test_source_files():
    found = [(one.name, one.disk, one.folder) for one in parse().source_files]
    assert found == [("reader.sys", "1", ""), ("reader64.sys", "1", "x64")]


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ('"$Windows NT$"', '"$Linux$"', "Signature", 2),
        ('Signature   = "$Windows NT$"', "", "Signature", 1),
        ("[Version]", "[Wersion]", r"\[Version\]", 1),
        ("{4D36E978-E325-11CE-BFC1-08002BE10318}", "{nonsense}", "GUID", 4),
        ("03/05/2024,1.2.3.4", "13/45/2024,1.2.3.4", "no date", 6),
        ("03/05/2024,1.2.3.4", "2024-03-05,1.2.3.4", "no date", 6),
        ("03/05/2024,1.2.3.4", "03/05/2024,one.two", "driver version", 6),
        ("NTamd64.10.0...22621\nLone", "Linux6\nLone", "target system", 11),
    ],
)
def test_what_is_malformed_names_its_line(old, new, message, line):
    text = PORTS.lstrip()
    assert old in text
    with pytest.raises(InfError, match=message) as caught:
        parse(text.replace(old, new, 1))
    assert caught.value.mark.line == line


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_encodings(encoding):
    text = PORTS.lstrip().replace("Test Maker", "Société d'été")
    assert parse_inf_bytes(text.encode(encoding), "t.inf").provider == "Société d'été"


def test_the_ansi_code_page_is_the_machines():
    data = PORTS.lstrip().replace("Test Maker", "Č").encode("cp1250")
    assert parse_inf_bytes(data, "t.inf", codepage="cp1250").provider == "Č"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\xff\xfe[\x00A", "utf-16-le"),
        (b"\xef\xbb\xbf[\xff", "utf-8"),
        (b"[A]\nx = \x00", "zero byte"),
        (b"[" * (MAX_BYTES + 1), "at most"),
    ],
)
def test_what_is_no_text(data, message):
    with pytest.raises(InfError, match=message):
        decode(data, "t.inf")


def test_bytes_outside_the_code_page_are_kept_as_controls():
    assert decode(b"a\x81b", "t.inf").text == "a\x81b"
    with pytest.raises(InfError, match="code page"):
        decode(b"a", "t.inf", codepage="cp0")


def test_an_unreadable_file(tmp_path):
    with pytest.raises(InfError, match="cannot read"):
        parse_inf(tmp_path / "none.inf")


@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_refused_with_a_place(data):
    try:
        parse_inf_bytes(data, "t.inf")
    except InfError as error:
        assert error.mark.file == "t.inf"  # noqa: PT017  both outcomes are right


@settings(max_examples=200)
@given(st.data())
def test_a_damaged_inf_is_parsed_or_refused_with_a_place(data):
    text = PORTS.lstrip().encode("cp1252")
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 30))
    piece = data.draw(st.binary(max_size=8) | st.sampled_from([b'"', b"\\\n", b"%", b"[", b"]\n", b"="]))
    try:
        inf = parse_inf_bytes(text[:at] + piece + text[at + cut :], "t.inf")
    except InfError as error:
        assert error.mark.line >= 0  # noqa: PT017  both outcomes are right
        return
    for windows in (WindowsVersion(), WindowsVersion("x86"), WindowsVersion("arm64")):
        for model in inf.models_for(windows):
            assert model.target.fits(windows)


@pytest.mark.parametrize(
    ("text", "architecture", "version", "product", "suite", "build"),
    [
        ("NT", None, None, None, None, None),
        ("ntAMD64", "amd64", None, None, None, None),
        ("NTx86.5.1", "x86", (5, 1), None, None, None),
        ("NTamd64.6.2.3", "amd64", (6, 2), 3, None, None),
        ("NTamd64.10.0...14310", "amd64", (10, 0), None, None, 14310),
        ("NT.5.1.0x1.0x100", None, (5, 1), 1, 0x100, None),
        ("NTarm64.10", "arm64", (10, 0), None, None, None),
    ],
)
def test_decorations(text, architecture, version, product, suite, build):
    found = parse_target(text)
    assert (found.architecture, found.version, found.product_type, found.suite_mask, found.build) == (
        architecture,
        version,
        product,
        suite,
        build,
    )


@pytest.mark.parametrize("text", ["", "NTmips", "Linux", "NTamd64-10", "NT.a"])
def test_what_is_no_decoration(text):
    assert parse_target(text) is None


def test_a_build_number_counts_for_its_own_version_only():
    assert parse_target("NTamd64.10.0...19041").fits(WindowsVersion(build=19045))
    assert not parse_target("NTamd64.10.0...22000").fits(WindowsVersion(build=19045))
    assert not parse_target("NT.10.0").fits(WindowsVersion("amd64")), "64-bit systems want their architecture"
    assert parse_target("NT.10.0").fits(WindowsVersion("x86"))
    assert not parse_target("NTamd64...3").fits(WindowsVersion(product_type=1))
