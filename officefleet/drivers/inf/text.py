"""The bytes of an INF file as text, read the way Windows reads them."""

from __future__ import annotations

import codecs
from typing import NamedTuple

from officefleet.errors import InfError, Mark
from officefleet.i18n import _

MAX_BYTES = 8 * 1024 * 1024  # the largest shipped by Windows are under 2 MB; more is hostile or not an INF

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class DecodedText(NamedTuple):
    """Text and the codec that it was read with."""

    text: str
    encoding: str


def decode(data: bytes, name: str, *, codepage: str = "cp1252") -> DecodedText:
    """Return the text of an INF file.

    A byte order mark decides; UTF-16 without one is told by its zero bytes; anything else is in the ANSI
    code page, as SetupAPI takes it (cp1252 on a French Windows), even where it would also be valid UTF-8.

    Args:
        data: the file's bytes.
        name: the file's name, for errors.
        codepage: the Python codec of the machine's ANSI code page.

    Raises:
        InfError: too large, not decodable, or binary.

    """
    if len(data) > MAX_BYTES:
        raise InfError(
            _("the file has {size} bytes; an INF file has at most {limit}").format(
                size=len(data), limit=MAX_BYTES
            ),
            mark=Mark(name),
        )
    body, encoding = _encoding(data, codepage)
    try:
        text = body.decode(encoding)
    except LookupError:
        raise InfError(_("unknown code page {codepage}").format(codepage=encoding), mark=Mark(name)) from None
    except UnicodeDecodeError as error:
        if encoding != codepage:
            raise InfError(
                _("the file is not valid {encoding} (byte {offset})").format(
                    encoding=encoding, offset=error.start
                ),
                mark=Mark(name),
            ) from None
        # Windows maps the holes of a code page to the C1 controls of the same number.
        text = "".join(_one_byte(byte, codepage) for byte in body)
    zero = text.find("\0")
    if zero >= 0:
        raise InfError(
            _("a zero byte: this is not a text file"),
            mark=Mark(name, text.count("\n", 0, zero) + 1, zero - text.rfind("\n", 0, zero)),
        )
    return DecodedText(text, encoding)


def _encoding(data: bytes, codepage: str) -> tuple[bytes, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :], encoding
    head = data[:512]
    if len(head) >= 4 and len(data) % 2 == 0:  # noqa: PLR2004  two UTF-16 characters, to judge by
        odd, even = head[1::2], head[::2]
        if odd.count(0) * 10 >= len(odd) * 9 and not even.count(0):
            return data, "utf-16-le"
        if even.count(0) * 10 >= len(even) * 9 and not odd.count(0):
            return data, "utf-16-be"
    return data, codepage


def _one_byte(byte: int, codepage: str) -> str:
    try:
        return bytes([byte]).decode(codepage)
    except UnicodeDecodeError:
        return chr(byte)
