"""The recipe of a golden image: a YAML file, checked strictly, every error with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from officefleet.errors import Mark, ProblemsError
from officefleet.i18n import _
from officefleet.images.faults import RecipeError
from officefleet.source.yaml import key_mark, load, mark_of

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
Size = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*[KMGT]$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]+(:[a-z0-9]+)?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Debian(_Strict):
    """A Debian poste built by mmdebstrap.

    Attributes:
        suite: e.g. bookworm.
        packages: beyond the minimal base.
        mirror: sources.list line or address; the machine's own by default.
        overlay: folder, relative to the recipe, laid over the finished tree.
        run: shell commands run in the tree, in order.

    """

    suite: Name = "bookworm"
    packages: tuple[PackageName, ...] = ()
    mirror: str = ""
    overlay: str = ""
    run: tuple[str, ...] = ()


class Disk(_Strict):
    """A finished disk: raw or any format of qemu-img, e.g. captured from a sysprepped Windows."""

    file: str
    format: Literal["raw", "qcow2", "vhdx", "vmdk", "vdi"] = "raw"
    inspect: bool = True
    why_not_inspected: str = ""

    @model_validator(mode="after")
    def _reason(self) -> Disk:
        if not self.inspect and not self.why_not_inspected:
            raise ValueError(_("inspect: false needs why_not_inspected"))
        return self


class DiskPartition(_Strict):
    """One partition of a disk that officefleet makes; `size` is what is left when absent."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,11}$")]
    kind: Literal["esp", "root", "data"]
    size: Size | None = None


class Layout(_Strict):
    """The disk to make around a Debian tree."""

    size: Size = "4G"
    sector: Literal[512, 4096] = 512
    partitions: tuple[DiskPartition, ...] = (
        DiskPartition(name="esp", kind="esp", size="160M"),
        DiskPartition(name="root", kind="root"),
    )

    @model_validator(mode="after")
    def _one_root(self) -> Layout:
        kinds = [part.kind for part in self.partitions]
        if kinds.count("root") != 1 or kinds.count("esp") > 1:
            raise ValueError(_("a disk needs one root partition and at most one esp"))
        if sum(part.size is None for part in self.partitions) > 1:
            raise ValueError(_("only one partition can take what is left"))
        return self


class Wim(_Strict):
    """A Windows taken from a disk after sysprep as a WIM (see ``officefleet image capture``)."""

    file: str
    image: int = Field(default=1, ge=1)


class WindowsLayout(_Strict):
    """The disk to make around a WIM; the Windows partition takes what is left, and grows on a larger disk."""

    size: Size = "60G"
    esp: Size = "260M"
    recovery: Size | None = "1G"


class DriverPackage(_Strict):
    """A driver package that the image holds."""

    name: str
    version: str
    sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""


class SoftwarePackage(_Strict):
    """A program that the image holds; Debian images list their own."""

    name: str
    version: str
    architecture: str = ""


class Refuse(_Strict):
    """A site's own rule of what may not be in the image (see ``denied.yaml``)."""

    id: Name
    paths: tuple[str, ...] = Field(min_length=1)
    reason: str
    content: str | None = None


class Allow(_Strict):
    """An exception to a rule: the exact path, and why it is harmless."""

    rule: Name
    path: str
    reason: str = Field(min_length=1)


class Recipe(_Strict):
    """How one golden image is made."""

    name: Name
    system: Literal["linux", "windows", "other"]
    debian: Debian | None = None
    disk: Disk | None = None
    wim: Wim | None = None
    windows: WindowsLayout = WindowsLayout()
    layout: Layout = Layout()
    sector: Literal[512, 4096] = 512
    minimum_disk: Size | None = None
    expires_days: int = Field(default=180, ge=1, le=1000)
    preserved: tuple[str, ...] = ()
    drivers: tuple[DriverPackage, ...] = ()
    bill: tuple[SoftwarePackage, ...] = ()
    refuse: tuple[Refuse, ...] = ()
    allow: tuple[Allow, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Recipe:
        if sum(one is not None for one in (self.debian, self.disk, self.wim)) != 1:
            raise ValueError(_("a recipe has one of debian, disk and wim"))
        if self.wim is not None and self.system != "windows":
            raise ValueError(_("a wim holds the system windows"))
        return self


def size_bytes(text: str) -> int:
    """Return the bytes of a size such as ``160M``."""
    matched = re.fullmatch(r"([0-9]+)([KMGT])", text)
    if matched is None:
        raise ValueError(text)
    return int(matched[1]) * _UNITS[matched[2]]


def load_recipe(path: Path) -> Recipe:
    """Return the recipe in a YAML file.

    Raises:
        ProblemsError: its fields are wrong, each with its place.
        SourceError: it is not YAML.

    """
    fields = load(path)
    if not isinstance(fields, dict):
        raise RecipeError(_("A recipe is a mapping."), mark=Mark(str(path), 1))
    try:
        return Recipe.model_validate(fields)
    except ValidationError as error:
        problems = [_problem(fields, path, one["loc"], one["msg"]) for one in error.errors()]
        raise ProblemsError(_("The recipe {path} is wrong.").format(path=path), problems) from error


def _problem(fields: Any, path: Path, place: tuple[int | str, ...], message: str) -> RecipeError:
    mark = Mark(str(path), 1)
    value = fields
    for step in place:
        mark = (key_mark(value, step) if isinstance(step, str) else mark_of(value)) or mark
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
    return RecipeError(f"{'.'.join(map(str, place)) or _('recipe')}: {message}", mark=mark)
