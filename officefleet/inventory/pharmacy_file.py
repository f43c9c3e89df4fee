"""Reads one ``pharmacy.yml``: fast when it is right, with places and hints when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import yaml
from pydantic import ValidationError

from officefleet.errors import Mark, ModelError, YamlError
from officefleet.i18n import _
from officefleet.inventory.digest import Digest
from officefleet.inventory.fast_yaml import FastYaml, FastYamlError
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


class PharmacyReader:
    """Reads pharmacy files; one for many files is faster than one each."""

    def __init__(self) -> None:
        self._yaml = FastYaml()

    def read(self, content: bytes, file: Path) -> Read:
        """Return a pharmacy from its file's bytes.

        Raises:
            OfficefleetError: every fault of the file, each with its place (several as `ProblemsError`).

        """
        try:
            pharmacy = Pharmacy.model_validate(self._yaml.load(content))
        except (FastYamlError, yaml.YAMLError, ValidationError):
            pharmacy = _read_with_places(content, file)
        if pharmacy.id != file.parent.name:
            raise ModelError(
                _("the id {id!r} is not the name of the folder, {folder!r}").format(
                    id=pharmacy.id, folder=file.parent.name
                ),
                mark=place_of(loads(_text(content, file), str(file)), ["id"], str(file)),
                hint=_("rename one of the two"),
            )
        return Read(Digest.of(pharmacy), pharmacy.model_dump_json(exclude_unset=True, by_alias=True).encode())


def _read_with_places(content: bytes, file: Path) -> Pharmacy:
    """Read again what the fast way refused: the marked loader knows all of YAML, and where faults stand."""
    data = loads(_text(content, file), str(file))
    try:
        return Pharmacy.model_validate(data)
    except ValidationError as error:
        raise refuse(model_errors(error, data, str(file), Pharmacy)) from None


def _text(content: bytes, file: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise YamlError(
            _("the file is not UTF-8 (byte {offset})").format(offset=error.start),
            mark=Mark(str(file)),
            hint=_("save it as UTF-8"),
        ) from None
