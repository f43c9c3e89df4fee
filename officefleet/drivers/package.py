"""A driver package before it is staged: pinned, complete, inside its folder, covered by its catalogue."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from officefleet.drivers.authenticode import covers, is_catalog, signers
from officefleet.drivers.inf import DriverInf, parse_inf
from officefleet.errors import DriverError, Mark, OfficefleetError
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.drivers.inf import SourceFile

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_LIMIT = 1 << 30  # bytes of a package: printer suites come near 500 MB


class PackageError(DriverError):
    """A driver package must not be staged."""

    code: ClassVar[str] = "driver.package"


@dataclass(frozen=True, slots=True)
class PackageReport:
    """What was found in a package that may be staged when `problems` is empty.

    Attributes:
        digest: SHA-256 over the names and hashes of all files: what ``sha256`` of the catalogue entry pins.
        signers: names in the catalogue's certificates; the chain is for Windows to check.

    """

    inf: DriverInf | None
    catalog: str
    digest: str
    files: int
    signers: tuple[str, ...]
    problems: tuple[OfficefleetError, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        inf = self.inf
        return {
            "inf": inf.name if inf else None,
            "provider": inf.provider if inf else None,
            "class": inf.class_name if inf else None,
            "version": str(inf.driver_version) if inf and inf.driver_version else None,
            "hardware_ids": sorted({one.hardware_id for one in inf.models if one.hardware_id}) if inf else [],
            "catalog": self.catalog,
            "sha256": self.digest,
            "files": self.files,
            "signers": list(self.signers),
            "problems": [
                {"code": one.code, "place": str(one.mark or ""), "message": one.message, "hint": one.hint}
                for one in self.problems
            ],
        }


def package_digest(folder: Path) -> str:
    """Return the SHA-256 that pins a package: over one line ``sha256  path`` a file, sorted by path.

    Raises:
        PackageError: a file cannot be read, a link, or too much data.

    """
    lines = []
    total = 0
    for path in _files(folder):
        data = _read(path)
        total += len(data)
        if total > _LIMIT:
            raise PackageError(_("the package is larger than 1 GiB"), mark=Mark(str(folder)))
        lines.append(f"{hashlib.sha256(data).hexdigest()}  {path.relative_to(folder).as_posix()}\n")
    return hashlib.sha256("".join(sorted(lines, key=lambda line: line[66:])).encode()).hexdigest()


def check_package(
    folder: Path, *, architecture: str = "amd64", pin: str | None = None, inf: str | None = None
) -> PackageReport:
    """Return what a package holds and all that forbids staging it.

    Args:
        folder: the unpacked package.
        architecture: of the machines it is for: "amd64", "x86" or "arm64".
        pin: SHA-256 of the catalogue's entry; None: none is recorded, which is a problem too.
        inf: file name of its INF when it holds several.

    Raises:
        PackageError: the folder cannot be read, a link, or too much data.

    """
    problems: list[OfficefleetError] = []
    digest = package_digest(folder)
    place = Mark(str(folder))
    if pin is None:
        problems.append(
            PackageError(
                _("the package is not pinned"),
                mark=place,
                hint=_("write sha256: {digest} into the driver's entry").format(digest=digest),
            )
        )
    elif pin.lower() != digest:
        problems.append(
            PackageError(
                _("the package is not the one that was pinned"),
                mark=place,
                hint=_("expected {pin}, found {digest}").format(pin=pin, digest=digest),
            )
        )
    by_name = {path.relative_to(folder).as_posix().lower(): path for path in _files(folder)}
    found = _find_inf(folder, by_name, inf, problems)
    catalog = ""
    names: tuple[str, ...] = ()
    if found is not None:
        problems += _source_problems(found, architecture, by_name)
        catalog, names = _check_catalog(found, architecture, by_name, problems)
    return PackageReport(found, catalog, digest, len(by_name), names, tuple(problems))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise PackageError(_("this is not a folder"), mark=Mark(str(folder)), hint=_("unpack the package"))
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise PackageError(_("a link has no place in a driver package"), mark=Mark(str(path)))
        if path.is_file():
            found.append(path)
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PackageError(
            _("cannot read the file: {reason}").format(reason=error.strerror or error), mark=Mark(str(path))
        ) from None


def _find_inf(
    folder: Path, by_name: dict[str, Path], wanted: str | None, problems: list[OfficefleetError]
) -> DriverInf | None:
    infs = [path for name, path in by_name.items() if name.endswith(".inf")]
    if wanted is not None:
        infs = [path for path in infs if path.name.lower() == wanted.lower()]
    if len(infs) != 1:
        message = _("the package has no INF file") if not infs else _("the package has several INF files")
        problems.append(PackageError(message, mark=Mark(str(folder)), hint=_("name it with --inf")))
        return None
    try:
        return parse_inf(infs[0])
    except OfficefleetError as error:
        problems.append(error)
        return None


def escapes(path: str) -> bool:
    """Return whether a path as an INF writes it leaves its folder, or names what Windows must not open."""
    parts = path.replace("/", "\\").split("\\")
    return (
        path.startswith(("\\", "/"))
        or ".." in parts
        or _FORBIDDEN.search(path) is not None
        or any(_RESERVED.fullmatch(part.strip(" .")) for part in parts)
        or any(part != part.rstrip(" .") for part in parts if part != ".")
    )


def _source_problems(inf: DriverInf, architecture: str, by_name: dict[str, Path]) -> list[OfficefleetError]:
    root = Path(inf.name).parent
    problems: list[OfficefleetError] = []
    base = _inf_folder(inf, by_name)
    for source in _sources(inf, architecture):
        path = _source_path(inf, source, architecture)
        if escapes(path):
            problems.append(
                PackageError(
                    _("the path {path!r} leaves the package").format(path=path),
                    mark=source.mark,
                    hint=_("do not stage this package"),
                )
            )
            continue
        wanted = "/".join(part for part in (*base, *path.lower().split("\\")) if part not in ("", "."))
        if wanted not in by_name:
            problems.append(
                PackageError(
                    _("{path} is not in {folder}").format(path=path, folder=root),
                    mark=source.mark,
                    hint=_("get the whole package from the vendor"),
                )
            )
    return problems


def _inf_folder(inf: DriverInf, by_name: dict[str, Path]) -> list[str]:
    """Return the folder of the INF below the package, as lower-case parts."""
    own = next((name for name, path in by_name.items() if str(path) == inf.name), "")
    return own.split("/")[:-1]


def _sources(inf: DriverInf, architecture: str) -> list[SourceFile]:
    """Return the files for an architecture: those of its decorated section, and the undecorated ones."""
    document = inf.document
    marks = {
        entry.mark
        for suffix in ("", f".{architecture}")
        for entry in document.entries(f"SourceDisksFiles{suffix}")
    }
    return [source for source in inf.source_files if source.mark in marks]


def _source_path(inf: DriverInf, source: SourceFile, architecture: str) -> str:
    """Return where a file lies relative to the INF: the disk's path, the file's folder, its name."""
    document = inf.document
    disk = ""
    for suffix in (f".{architecture}", ""):
        for entry in document.entries(f"SourceDisksNames{suffix}"):
            if entry.key is not None and document.text(entry.key) == source.disk and not disk:
                disk = document.text(entry.values[3]) if len(entry.values) > 3 else ""  # noqa: PLR2004  the path field
    if disk.startswith("\\") and not disk.startswith("\\\\"):
        disk = disk[1:]  # a disk's path counts from the root of the package
    parts = [disk.rstrip("\\"), source.folder.rstrip("\\"), source.name]
    return "\\".join(part for part in parts if part)


def _check_catalog(
    inf: DriverInf, architecture: str, by_name: dict[str, Path], problems: list[OfficefleetError]
) -> tuple[str, tuple[str, ...]]:
    section = inf.document.section("Version")
    place = section.mark if section else Mark(inf.name)
    name = inf.catalog_for(architecture)
    if not name:
        problems.append(
            PackageError(
                _("the package is not signed: [Version] has no CatalogFile"),
                mark=place,
                hint=_("get a signed package from the vendor"),
            )
        )
        return "", ()
    if escapes(name) or "\\" in name or "/" in name:
        problems.append(PackageError(_("the path {path!r} leaves the package").format(path=name), mark=place))
        return name, ()
    path = by_name.get("/".join([*_inf_folder(inf, by_name), name.lower()]))
    if path is None:
        problems.append(PackageError(_("the catalogue file {name} is missing").format(name=name), mark=place))
        return name, ()
    data = _read(path)
    if not is_catalog(data):
        problems.append(PackageError(_("this is not a signed catalogue"), mark=Mark(str(path))))
        return name, ()
    problems += [
        PackageError(
            _("the catalogue {name} does not cover this file").format(name=name),
            mark=Mark(str(covered)),
            hint=_("the file was changed after signing: do not stage this package"),
        )
        for covered in (Path(inf.name), *_present(inf, architecture, by_name))
        if not covers(data, _read(covered))
    ]
    return name, tuple(signers(data))


def _present(inf: DriverInf, architecture: str, by_name: dict[str, Path]) -> list[Path]:
    base = _inf_folder(inf, by_name)
    found = []
    for source in _sources(inf, architecture):
        path = _source_path(inf, source, architecture)
        if not escapes(path):
            wanted = "/".join(part for part in (*base, *path.lower().split("\\")) if part not in ("", "."))
            if wanted in by_name:
                found.append(by_name[wanted])
    return found
