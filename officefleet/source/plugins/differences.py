"""What differs from ansible-core 2.18 on purpose, and what is not there; `docs/filters.md` shows it.

The texts are documentation in English, like the page, and are not translated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ORDER = "keeps the order of the lists; there it is open"
_LIMIT = "more than a million items are an error"
_BOOLEAN = "always true or false; there a value that is not a boolean comes back as it is"

FILTERS: Final[Mapping[str, str]] = {
    "combinations": _LIMIT,
    "combine": "a lone value that is not a dictionary is an error; there it passes through",
    "comment": "a number is taken as text; there it is an error",
    "difference": _ORDER,
    "fileglob": "sorted; there in the order of the disk",
    "intersect": _ORDER,
    "permutations": _LIMIT,
    "product": _LIMIT,
    "regex_search": "an unknown option is an error; there it is ignored",
    "symmetric_difference": _ORDER,
    "to_json": "`vault_to_text` and `preprocess_unsafe` have no effect: secrets are plain text here",
    "to_nice_json": "as for `to_json`",
    "to_nice_yaml": "as for `to_json`",
    "to_yaml": "as for `to_json`",
    "type_debug": "a text of a result or a lookup is a `str`; there it is an `AnsibleUnsafeText`",
    "union": _ORDER,
    "unvault": "the text and the password are masked in all output from then on",
    "vault": "`wrap_object` gives a text, too; the text and the password are masked in all output from then on",
    "zip": _LIMIT,
    "zip_longest": _LIMIT,
}

TESTS: Final[Mapping[str, str]] = {
    "changed": _BOOLEAN + "; a loop without items is not changed, there it is an error",
    "failed": _BOOLEAN,
    "finished": _BOOLEAN,
    "reachable": _BOOLEAN,
    "skipped": _BOOLEAN,
    "started": _BOOLEAN,
    "subset": "also compares lists and dictionaries inside the lists; there they are an error",
    "success": _BOOLEAN,
    "superset": "as for `subset`",
    "timedout": _BOOLEAN,
    "unreachable": _BOOLEAN,
    "vault_encrypted": "true for any text with a vault's header, as documented; there for `!vault` values only",
}

LOOKUPS: Final[Mapping[str, str]] = {
    "config": "there are no Ansible settings here: an error, or nothing with `on_missing=skip`",
    "csvfile": r"`delimiter='\t'` is a tab, as documented; there it is an error",
    "file": "an unknown option is an error here, for this and most lookups; there it is ignored",
    "fileglob": "sorted; there in the order of the disk",
    "first_found": "the paths of one dictionary do not leak into the terms after it",
    "nested": "a lone list gives its items one by one; there it is an error",
    "password": "several hosts that ask at once get one password, also on Windows",
    "sequence": (
        "octal and hexadecimal numbers work, as documented; `count` holds with a negative stride too; "
        "a number may stand for the term; more than a million items are an error"
    ),
    "template": "texts in `template_vars` are not evaluated: they may come from a host",
    "url": "http and https only; no GSSAPI, no Unix sockets; the default agent is `officefleet`",
}

# What ansible-core has and this folder does not: kind and name -> why.
LEFT_OUT: Final[Mapping[tuple[str, str], str]] = {
    ("lookup", "inventory_hostnames"): "the engine adds it: it needs the inventory",
}
