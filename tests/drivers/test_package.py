from __future__ import annotations

import datetime as dt
import hashlib
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given
from hypothesis import strategies as st

from officefleet.drivers.authenticode import covers, file_digests, is_catalog, signers
from officefleet.drivers.package import PackageError, check_package, escapes, package_digest

INF = r"""[Version]
Signature = "$Windows NT$"
Class = Ports
Provider = Test
DriverVer = 01/02/2024,1.0.0.0
CatalogFile = test.cat
[Manufacturer]
Test = Models, NTamd64
[Models.NTamd64]
Device = Install, USB\VID_1234&PID_0001
[Install.NT]
CopyFiles = Files
[SourceDisksNames]
1 = Disk,,,\x64
[SourceDisksFiles]
Test.sys = 1
"""


def program(body=b"code"):
    """Return a minimal 64-bit program with a checksum and a certificate at its end."""
    header = bytearray(0x200)
    header[:2] = b"MZ"
    struct.pack_into("<I", header, 0x3C, 0x40)
    header[0x40:0x44] = b"PE\0\0"
    optional = 0x40 + 24
    struct.pack_into("<H", header, optional, 0x20B)
    struct.pack_into("<I", header, optional + 64, 0x12345678)
    certificate = b"certificate!"
    struct.pack_into("<II", header, optional + 112 + 8 * 4, 0x200 + len(body), len(certificate))
    return bytes(header) + body + certificate


def catalog(*contents):
    """Return a PKCS #7 file, as a .cat is one, whose signed content holds the digests of some files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Test signer")])
    now = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    content = b"".join(b"\x04\x20" + file_digests(one)[0] for one in contents)
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(certificate, key, hashes.SHA256())
        .sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "package"
    (folder / "x64").mkdir(parents=True)
    write(folder)
    return folder


def write(folder, inf=INF, driver=None):
    driver = driver or program()
    (folder / "test.inf").write_bytes(inf.encode())
    (folder / "x64" / "test.sys").write_bytes(driver)
    (folder / "test.cat").write_bytes(catalog(inf.encode(), driver))


def problems(folder, **options):
    options.setdefault("pin", package_digest(folder))
    return check_package(folder, **options).problems


def test_a_whole_package_may_be_staged(package):
    report = check_package(package, pin=package_digest(package).upper())
    assert report.problems == ()
    assert report.signers == ("Test signer",)
    assert (report.catalog, report.files) == ("test.cat", 3)
    assert report.to_json()["hardware_ids"] == ["USB\\VID_1234&PID_0001"]


def test_an_unpinned_package_tells_its_hash(package):
    (problem,) = problems(package, pin=None)
    assert "not pinned" in problem.message
    assert package_digest(package) in problem.hint


def test_a_wrong_hash(package):
    (problem,) = problems(package, pin="0" * 64)
    assert isinstance(problem, PackageError)
    assert "not the one that was pinned" in problem.message


def test_the_hash_knows_names_and_contents(package):
    before = package_digest(package)
    (package / "x64/test.sys").rename(package / "x64/other.sys")
    renamed = package_digest(package)
    (package / "x64/other.sys").rename(package / "x64/test.sys")
    assert package_digest(package) == before != renamed
    (package / "test.inf").write_bytes(INF.encode() + b"\n")
    assert package_digest(package) != before


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("CatalogFile = test.cat\n", "", "no CatalogFile", 1),
        ("CatalogFile = test.cat", "CatalogFile = other.cat", "other.cat is missing", 1),
        ("CatalogFile = test.cat", "CatalogFile = ..\\test.cat", "leaves the package", 1),
        ("Test.sys = 1", "..\\..\\evil.sys = 1", "leaves the package", 16),
        ("Test.sys = 1", "Test.sys = 1,..\\..", "leaves the package", 16),
        ("1 = Disk,,,\\x64", "1 = Disk,,,C:\\Windows", "leaves the package", 16),
        ("Test.sys = 1", "Missing.sys = 1", "x64\\Missing.sys is not in", 16),
        ("Signature =", "Wrong =", "no Signature", 1),
    ],
)
def test_what_forbids_staging_names_file_and_line(package, old, new, message, line):
    assert old in INF
    write(package, INF.replace(old, new, 1).replace("1 = Disk,,,\\x64", "1 = Disk,,,x64"))
    found = [one for one in problems(package) if message in one.message]
    assert found, problems(package)
    assert found[0].mark.file.endswith("test.inf")
    assert found[0].mark.line == line


def test_a_disk_path_with_a_leading_backslash_is_inside(package):
    write(package)
    assert problems(package) == ()


def test_a_driver_changed_after_signing(package):
    (package / "x64/test.sys").write_bytes(program(b"evil"))
    (problem,) = problems(package)
    assert "does not cover" in problem.message
    assert problem.mark.file.endswith("test.sys")


def test_a_catalogue_that_is_none(package):
    (package / "test.cat").write_bytes(b"MZ nonsense")
    (problem,) = problems(package)
    assert "not a signed catalogue" in problem.message


def test_a_link_is_refused(package):
    (package / "link.dll").symlink_to("/etc/passwd")
    with pytest.raises(PackageError, match="link"):
        check_package(package, pin="0" * 64)


def test_no_inf_or_several(package):
    (package / "b.inf").write_text(INF)
    assert "several INF" in problems(package)[0].message
    assert problems(package, inf="TEST.inf") == ()
    assert "no INF" in problems(package, inf="other.inf")[0].message


def test_not_a_folder(package):
    with pytest.raises(PackageError, match="not a folder"):
        check_package(package / "test.inf", pin="0" * 64)


@pytest.mark.parametrize(
    "path",
    ["..\\a", "a\\..\\b", "a/../../b", "/etc/passwd", "\\\\server\\share", "C:\\a", "a\\con", "nul.sys", "COM1",
     "a:b", "a|b", "a\x00b", "a \\b", "a.\\b", "lpt9.txt"],
)  # fmt: skip
def test_paths_that_leave(path):
    assert escapes(path)


@pytest.mark.parametrize(
    "path", ["a.sys", "x64\\a.sys", "x64/sub/a-1_2.sys", ".\\a", "console.sys", "com10.dll"]
)
def test_paths_that_stay(path):
    assert not escapes(path)


@given(st.text(st.sampled_from("ab.\\/: "), max_size=12))
def test_what_does_not_leave_stays_inside_when_joined(path):
    if escapes(path):
        return
    depth = 0
    for part in path.replace("/", "\\").split("\\"):
        depth += {"": 0, ".": 0, "..": -1}.get(part, 1)
        assert depth >= 0


def test_authenticode_leaves_checksum_and_certificate_out():
    one, other = bytearray(program()), bytearray(program())
    struct.pack_into("<I", other, 0x40 + 24 + 64, 0)
    other[-3:] = b"new"
    assert file_digests(bytes(one))[0] == file_digests(bytes(other))[0]
    other[0x205 - 3] ^= 1
    assert file_digests(bytes(one))[0] != file_digests(bytes(other))[0]
    assert file_digests(b"flat")[0] == hashlib.sha256(b"flat").digest()


def test_the_catalogue_reader():
    data = catalog(b"one")
    assert is_catalog(data)
    assert signers(data) == ["Test signer"]
    assert covers(data, b"one")
    assert not covers(data, b"two")
    assert signers(b"\x30\x00") == []


@given(st.binary(max_size=200))
def test_any_program_has_digests(data):
    assert file_digests(b"MZ" + data)
