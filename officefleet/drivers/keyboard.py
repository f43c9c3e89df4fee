"""Keyboard layouts, as far as scanners type: what arrives when scanner and system disagree.

A scanner in keyboard mode presses keys, not characters. It presses them for the layout that it was configured
for; the system reads them in its own. Only keys that need no AltGr are described: scanners type no others.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUP_SEPARATOR = "\x1d"
"""Ends a field of variable length in a GS1 code; in keyboard mode it is Ctrl+] or nothing at all."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What each key types, alone and with Shift; keys are numbered in reading order.

    Attributes:
        caps_digits: Caps Lock also shifts the digit row, as on a French keyboard.

    """

    name: str
    plain: str
    shifted: str
    caps_digits: bool = False

    def keys(self) -> dict[str, tuple[int, bool]]:
        """Return for each character the key and whether Shift is held."""
        found: dict[str, tuple[int, bool]] = {}
        for number, (low, high) in enumerate(zip(self.plain, self.shifted, strict=True)):
            found.setdefault(low, (number, False))
            found.setdefault(high, (number, True))
        found.pop(_NONE, None)
        return found

    def typed(self, key: int, *, shift: bool, caps: bool) -> str:
        """Return the character that a key gives, "" for none."""
        plain, high = self.plain[key], self.shifted[key]
        if caps and ((plain.isalpha() and plain.upper() == high) or (self.caps_digits and key <= _DIGIT_ROW)):
            shift = not shift
        found = high if shift else plain
        return "" if found == _NONE else found


_NONE = "\0"  # a key that types nothing of its own, such as a dead key
_DIGIT_ROW = 12  # the last key of the first row

# Rows: digits (13 keys), QWERTY (12), ASDF (12 with the key left of Enter), ZXCV (10 without the 102nd key).
QWERTY = Layout(
    "QWERTY",
    "`1234567890-=" + "qwertyuiop[]" + "asdfghjkl;'\\" + "zxcvbnm,./",
    "~!@#$%^&*()_+" + "QWERTYUIOP{}" + 'ASDFGHJKL:"|' + "ZXCVBNM<>?",
)
AZERTY = Layout(
    "AZERTY",
    "²&é\"'(-è_çà)=" + "azertyuiop\0$" + "qsdfghjklmù*" + "wxcvbn,;:!",
    "\x001234567890°+" + "AZERTYUIOP\0£" + "QSDFGHJKLM%µ" + "WXCVBN?./§",
    caps_digits=True,
)
QWERTZ_CH = Layout(
    "QWERTZ",
    "§1234567890'\0" + "qwertzuiopè\0" + "asdfghjkléà$" + "yxcvbnm,.-",
    '°+"*ç%&/()=?\0' + "QWERTZUIOPü!" + "ASDFGHJKLöä£" + "YXCVBNM;:_",
)
LAYOUTS = (AZERTY, QWERTY, QWERTZ_CH)


def arrives(text: str, scanner: Layout, system: Layout, *, caps: bool = False) -> str:
    """Return what a system receives when a scanner types a text.

    Characters that the scanner's layout has no key for are not typed; a group separator is control code 0x1D on
    any layout.
    """
    keys = scanner.keys()
    found = []
    for char in text:
        if char == GROUP_SEPARATOR:
            found.append(char)
        elif char in keys:
            key, shift = keys[char]
            found.append(system.typed(key, shift=shift, caps=caps))
    return "".join(found)
