"""What an INF file says about drivers: version, models, install sections, files."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from officefleet.drivers.inf.document import InfDocument, parse_document, read_bytes
from officefleet.drivers.inf.target import UNDECORATED, TargetOs, WindowsVersion, parse_target
from officefleet.errors import InfError, Mark
from officefleet.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.drivers.inf.lexer import Entry, InfWarning, Token

_DATE = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){0,3}")
_GUID = re.compile(r"\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}", re.IGNORECASE)
_SIGNATURES = ("$chicago$", "$windows nt$", "$windows 95$")


@dataclass(frozen=True, slots=True, order=True)
class DriverVersion:
    """``DriverVer``: date, then up to four numbers; compares as Windows breaks ties."""

    date: dt.date
    numbers: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __str__(self) -> str:
        """Return ``2025-03-01 1.2.3.4``."""
        return f"{self.date.isoformat()} {'.'.join(map(str, self.numbers))}"


@dataclass(frozen=True, slots=True)
class Model:
    """One line of a models section: a device that the package can drive."""

    manufacturer: str
    description: str
    install_section: str
    hardware_id: str  # "" when the line gives compatible ids only
    compatible_ids: tuple[str, ...]
    target: TargetOs
    section: str  # the models section, decoration included
    mark: Mark


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One line of [SourceDisksFiles]."""

    name: str
    disk: str
    folder: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class DriverInf:
    """A parsed INF file.

    Attributes:
        document: its sections, for anything not named here.
        class_name: setup class, e.g. "Ports".
        class_guid: e.g. "{4d36e978-e325-11ce-bfc1-08002be10318}", lower case, or "".
        provider: who made the package.
        driver_version: None when the file gives none.
        catalogs: decoration ("" for plain ``CatalogFile``) to catalogue file.
        models: every model line of every models section.
        source_files: every line of [SourceDisksFiles] and its decorated forms.

    """

    document: InfDocument
    class_name: str
    class_guid: str
    provider: str
    driver_version: DriverVersion | None
    catalogs: dict[str, str]
    models: tuple[Model, ...]
    source_files: tuple[SourceFile, ...]

    @property
    def name(self) -> str:
        """The file's name."""
        return self.document.name

    @property
    def warnings(self) -> tuple[InfWarning, ...]:
        """What Windows tolerates, undefined strings included."""
        return (*self.document.warnings, *self.document.undefined_strings())

    def catalog_for(self, architecture: str) -> str:
        """Return the catalogue file that signs the package on an architecture, "" when none does."""
        for key in (f"nt{architecture}", "nt", ""):
            if key in self.catalogs:
                return self.catalogs[key]
        return ""

    def models_for(self, windows: WindowsVersion) -> list[Model]:
        """Return the model lines that `windows` uses: for each manufacturer, its closest section only."""
        best: dict[tuple[str, str], TargetOs] = {}
        for model in self.models:
            key = (model.manufacturer, model.section.split(".")[0].lower())
            if model.target.fits(windows) and (
                key not in best or model.target.closeness() > best[key].closeness()
            ):
                best[key] = model.target
        return [
            model
            for model in self.models
            if best.get((model.manufacturer, model.section.split(".")[0].lower())) == model.target
        ]

    def install_section(self, name: str, architecture: str) -> tuple[str, bool]:
        """Return the DDInstall section in use for `name`, and whether it has an ``.nt`` extension."""
        for suffix, is_nt in ((f".nt{architecture}", True), (".nt", True), ("", False)):
            if self.document.section(name + suffix) is not None:
                return name + suffix, is_nt
        return name, False

    def feature_score(self, name: str, architecture: str) -> int:
        """Return FeatureScore of a DDInstall section, 0xFF when it has none; lower is better.

        Raises:
            InfError: not a number from 0 to 255.

        """
        section, _is_nt = self.install_section(name, architecture)
        token = self.document.value(section, "FeatureScore")
        if token is None:
            return 0xFF
        try:
            score = int(self.document.text(token), 0)
        except ValueError:
            score = -1
        if not 0 <= score <= 0xFF:  # noqa: PLR2004  one byte
            raise InfError(_("FeatureScore must be a number from 0 to 0xFF"), mark=token.mark)
        return score


def parse_inf(path: Path, *, codepage: str = "cp1252", language: str = "fr") -> DriverInf:
    """Read and parse an INF file.

    Raises:
        InfError: unreadable or malformed, with its place.

    """
    return parse_inf_bytes(read_bytes(path), str(path), codepage=codepage, language=language)


def parse_inf_bytes(data: bytes, name: str, *, codepage: str = "cp1252", language: str = "fr") -> DriverInf:
    """Parse the bytes of an INF file.

    Raises:
        InfError: malformed, with its place.

    """
    document = parse_document(data, name, codepage=codepage, language=language)
    _check_version(document)
    return DriverInf(
        document=document,
        class_name=document.text(document.value("Version", "Class")),
        class_guid=_guid(document),
        provider=document.text(document.value("Version", "Provider")),
        driver_version=_driver_version(document),
        catalogs=_catalogs(document),
        models=tuple(_models(document)),
        source_files=tuple(_source_files(document)),
    )


def _check_version(document: InfDocument) -> None:
    version = document.section("Version")
    if version is None:
        raise InfError(
            _("the file has no [Version] section"),
            mark=Mark(document.name, 1, 1),
            hint=_("it may be another kind of file that is also called .inf"),
        )
    token = document.value("Version", "Signature")
    if token is None:
        raise InfError(_("[Version] has no Signature"), mark=version.mark)
    if document.text(token).lower() not in _SIGNATURES:
        raise InfError(
            _("unknown Signature {text!r}").format(text=document.text(token)),
            mark=token.mark,
            hint=_('write Signature = "$Windows NT$"'),
        )


def _guid(document: InfDocument) -> str:
    token = document.value("Version", "ClassGuid")
    if token is None:
        return ""
    guid = document.text(token)
    if not _GUID.fullmatch(guid):
        raise InfError(_("ClassGuid {guid!r} is not a GUID").format(guid=guid), mark=token.mark)
    return guid.lower()


def _driver_version(document: InfDocument) -> DriverVersion | None:
    for entry in document.entries("Version"):
        if entry.key is not None and entry.key.text.lower() == "driverver" and entry.values:
            return _parse_driver_version(document, entry)
    return None


def _parse_driver_version(document: InfDocument, entry: Entry) -> DriverVersion:
    date_token = entry.values[0]
    match = _DATE.fullmatch(document.text(date_token))
    try:
        if match is None:
            raise ValueError  # noqa: TRY301  one message for both
        date = dt.date(int(match[3]), int(match[1]), int(match[2]))
    except ValueError:
        raise InfError(
            _("DriverVer {text!r} has no date").format(text=document.text(date_token)),
            mark=date_token.mark,
            hint=_("write DriverVer = mm/dd/yyyy,w.x.y.z"),
        ) from None
    text = document.text(entry.values[1]) if len(entry.values) > 1 else ""
    if not text:
        return DriverVersion(date)
    if not _VERSION.fullmatch(text):
        raise InfError(
            _("{text!r} is not a driver version").format(text=text),
            mark=entry.values[1].mark,
            hint=_("write up to four numbers: w.x.y.z"),
        )
    numbers = [int(part) for part in text.split(".")]
    numbers += [0] * (4 - len(numbers))
    return DriverVersion(date, (numbers[0], numbers[1], numbers[2], numbers[3]))


def _catalogs(document: InfDocument) -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in document.entries("Version"):
        if entry.key is None or not entry.values:
            continue
        base, _dot, decoration = entry.key.text.lower().partition(".")
        if base == "catalogfile":
            found.setdefault(decoration, document.text(entry.values[0]))
    return found


def _models(document: InfDocument) -> list[Model]:
    models: list[Model] = []
    for entry in document.entries("Manufacturer"):
        if entry.key is None:
            # ``manufacturer-name`` alone: the models section has the same name and no decorations.
            name = document.text(entry.values[0])
            models += _section_models(document, name, name, UNDECORATED)
            continue
        manufacturer = document.text(entry.key)
        base = document.text(entry.values[0]) if entry.values else manufacturer
        models += _section_models(document, manufacturer, base, UNDECORATED)
        for token in entry.values[1:]:
            decoration = document.text(token)
            if not decoration:
                continue
            target = parse_target(decoration)
            if target is None:
                raise InfError(
                    _("{text!r} is not a target system").format(text=decoration),
                    mark=token.mark,
                    hint=_("write for example NTamd64 or NTamd64.10.0...19041"),
                )
            models += _section_models(document, manufacturer, f"{base}.{decoration}", target)
    return models


def _section_models(document: InfDocument, manufacturer: str, section: str, target: TargetOs) -> list[Model]:
    found = []
    for entry in document.entries(section):
        if not entry.values:
            continue
        values = [document.text(token) for token in entry.values]
        ids = values[1:]
        found.append(
            Model(
                manufacturer=manufacturer,
                description=_description(document, entry.key),
                install_section=values[0],
                hardware_id=ids[0] if ids else "",
                compatible_ids=tuple(one for one in ids[1:] if one),
                target=target,
                section=section,
                mark=entry.mark,
            )
        )
    return found


def _description(document: InfDocument, key: Token | None) -> str:
    return document.text(key) if key is not None else ""


def _source_files(document: InfDocument) -> list[SourceFile]:
    found = []
    for name, section in document.sections.items():
        if name.partition(".")[0] != "sourcedisksfiles":
            continue
        for entry in section.entries:
            if entry.key is None:
                continue
            values = [document.text(token) for token in entry.values]
            found.append(
                SourceFile(
                    name=document.text(entry.key),
                    disk=values[0] if values else "",
                    folder=values[1] if len(values) > 1 else "",
                    mark=entry.mark,
                )
            )
    return found
