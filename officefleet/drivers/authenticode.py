"""What a security catalogue (.cat) covers: the hashes that must be in it, and who signed it.

DISM checks signatures of boot-critical drivers only, so the contents are compared here before staging. The
chain of certificates is left to Windows, which holds the roots; pnputil refuses a package that does not chain.
Source: "Windows Authenticode Portable Executable Signature Format", Microsoft.
"""

from __future__ import annotations

import hashlib
import struct

from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # DER of the object id pkcs7-signedData
_ALGORITHMS = ("sha256", "sha1")
_PE32, _PE32_PLUS = 0x10B, 0x20B
_SECURITY_DIRECTORY = 4


def is_catalog(data: bytes) -> bool:
    """Return whether the bytes look like a signed catalogue: DER of PKCS #7 signed data."""
    return data[:1] == b"\x30" and _SIGNED_DATA in data[:32]


def signers(data: bytes) -> list[str]:
    """Return the common names of the certificates in a catalogue; [] when it holds none that can be read."""
    try:
        certificates = pkcs7.load_der_pkcs7_certificates(data)
    except ValueError:
        return []
    names = []
    for certificate in certificates:
        found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        names += [str(one.value) for one in found[:1]]
    return names


def covers(catalog: bytes, content: bytes) -> bool:
    """Return whether a catalogue holds the hash of a file, flat or (for programs) by Authenticode."""
    return any(
        digest in catalog or digest.hex().upper().encode("utf-16-le") in catalog
        for digest in file_digests(content)
    )


def file_digests(content: bytes) -> list[bytes]:
    """Return the digests under which a catalogue may list a file."""
    parts = _pe_parts(content)
    found = []
    for name in _ALGORITHMS:
        if parts is not None:
            digest = hashlib.new(name, usedforsecurity=False)
            for part in parts:
                digest.update(part)
            found.append(digest.digest())
        found.append(hashlib.new(name, content, usedforsecurity=False).digest())
    return found


def _pe_parts(content: bytes) -> list[bytes] | None:
    """Return what Authenticode hashes of a program: all but checksum, security entry and certificates."""
    if content[:2] != b"MZ" or len(content) < 64:  # noqa: PLR2004  size of the DOS header
        return None
    try:
        (header,) = struct.unpack_from("<I", content, 0x3C)
        if content[header : header + 4] != b"PE\0\0":
            return None
        optional = header + 24
        (magic,) = struct.unpack_from("<H", content, optional)
        if magic not in (_PE32, _PE32_PLUS):
            return None
        directories = optional + (96 if magic == _PE32 else 112)
        entry = directories + 8 * _SECURITY_DIRECTORY
        start, size = struct.unpack_from("<II", content, entry)
    except struct.error:
        return None
    checksum = optional + 64
    end = start if start and start + size <= len(content) else len(content)
    tail = content[start + size :] if end != len(content) else b""
    return [content[:checksum], content[checksum + 4 : entry], content[entry + 8 : end], tail]
