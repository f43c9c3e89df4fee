"""Reads one ``pharmacy.yml``: fast when it is right, with places and hints when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import yaml
from pydantic import ValidationError

from officefleet.errors import ModelError, OfficefleetError
from officefleet.i18n import _
from officefleet.inventory.digest import Digest
from officefleet.inventory.fast_yaml import FastYamlError, fast_load
from officefleet.inventory.invalid import model_errors, place_of, refuse
from officefleet.models import Pharmacy
from officefleet.source.yaml import loads

if TYPE_CHECKING:
    from pathlib import Path

FILE = "pharmacy.yml"


class Read(NamedTuple):
    """A pharmacy that was read: its digest, and its model as compact JSON."""

    digest: Digest
    model: bytes


def read_pharmacy(content: bytes, file: Path) -> Read:
    """Return a pharmacy from its file's bytes.

    Raises:
        OfficefleetError: every fault of the file, each with its place (several as `ProblemsError`).

    """
    try:
        pharmacy = Pharmacy.model_validate(fast_load(content))
    except (FastYamlError, yaml.YAMLError, ValidationError, UnicodeDecodeError):
        raise explain(content, file) from None
    if pharmacy.id != file.parent.name:
        data = loads(content.decode("utf-8-sig"), str(file))
        raise ModelError(
            _("the id {id!r} is not the name of the folder, {folder!r}").format(
                id=pharmacy.id, folder=file.parent.name
            ),
            mark=place_of(data, ["id"], str(file)),
            hint=_("rename one of the two"),
        )
    return Read(Digest.of(pharmacy), pharmacy.model_dump_json(exclude_unset=True, by_alias=True).encode())


def explain(content: bytes, file: Path) -> OfficefleetError:
    """Return what is wrong with a file that the fast way refused, by reading it again with places."""
    try:
        data = loads(content.decode("utf-8-sig"), str(file))
        Pharmacy.model_validate(data)
    except ValidationError as error:
        return refuse(model_errors(error, data, str(file), Pharmacy))
    except UnicodeDecodeError as error:
        return ModelError(
            _("the file is not UTF-8 (byte {offset})").format(offset=error.start),
            mark=place_of(None, [], str(file)),
            hint=_("save it as UTF-8"),
        )
    except OfficefleetError as error:
        return error
    return ModelError(
        _("the file uses YAML that pharmacy files may not: aliases or tags"),
        mark=place_of(data, [], str(file)),
    )
