"""What every model shares: unknown keys are refused and nothing changes after validation."""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """Base of all models: frozen, unknown keys forbidden, no silent number-to-text conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
"""A name shown to people."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64)]
"""A name used as a reference: lower-case letters, digits, ``_`` and ``-``."""

Hostname = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", min_length=1, max_length=63)
]
"""One label of a host name, as RFC 1123 has it, in lower case."""

Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.+~_-]*$", max_length=64)]
"""A version as its publisher writes it; quote it in YAML so that 5.10 does not become 5.1."""

MacAddress = Annotated[str, StringConstraints(pattern=r"(?i)^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$", to_lower=True)]
"""A hardware address as six lower-case pairs with colons; quote it in YAML."""

UsbId = Annotated[str, StringConstraints(pattern=r"(?i)^[0-9a-f]{4}:[0-9a-f]{4}$", to_lower=True)]
"""A USB identity ``vid:pid``; not a model: several products may share one."""

_ACCENTS = str.maketrans(
    "àâäáãåçéèêëíìîïñóòôöõúùûüýÿœæ",
    "aaaaaaceeeeiiiinooooouuuuyyoa",
)


def slugify(text: str) -> str:
    """Return `text` as a group name part: lower case, no accents, ``_`` between words.

    ``"Provence-Alpes-Côte d'Azur"`` becomes ``"provence_alpes_cote_d_azur"``.
    """
    plain = text.lower().replace("œ", "oe").replace("æ", "ae").translate(_ACCENTS)
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
