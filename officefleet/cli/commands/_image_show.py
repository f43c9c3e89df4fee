"""``officefleet image ls``, ``show`` and ``diff``: what a store holds, each index verified."""

from __future__ import annotations

from officefleet.cli.commands import _image_common as common
from officefleet.cli.commands._image_common import (  # noqa: TC001  cyclopts reads them at run time
    StoreOption,
    TrustOption,
)
from officefleet.errors import ExitCode, UsageError
from officefleet.i18n import _


def list_images(*, store: StoreOption, trust: TrustOption | None = None, json: bool = False) -> int:
    """List the images of a store; each line's index is verified."""
    import json as json_module  # noqa: PLC0415  the option has its name
    import time  # noqa: PLC0415  only here

    from officefleet.images.job import open_source  # noqa: PLC0415  slow to import
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import
    from officefleet.images.source import LARGEST_CATALOGUE  # noqa: PLC0415  slow to import

    trusted = Trust.load(trust or common.default_trust())
    source = open_source(store, patience=0)
    try:
        listed = json_module.loads(source.file("catalogue.json", limit=LARGEST_CATALOGUE))
        found = [
            common.read_remote(source, trusted, name, version)
            for name, versions in sorted(listed.items())
            for version in versions
        ]
    except (ValueError, AttributeError, TypeError) as error:
        raise UsageError(_("The store's catalogue is damaged.")) from error
    finally:
        source.close()
    now = time.time()
    if json:
        common.write_json(
            [
                {"name": one.name, "version": one.version, "created": one.created, "expires": one.expires}
                for one in found
            ]
        )
        return ExitCode.OK
    rows = [(_("NAME"), _("VERSION"), _("CREATED"), _("EXPIRES"), _("DISK"), _("CONTENT"), _("PACKAGES"))]
    for one in found:
        expires = common.date_text(one.expires) + (" " + _("(expired)") if one.expires <= now else "")
        rows.append(
            (
                one.name,
                str(one.version),
                common.date_text(one.created),
                expires,
                common.size_text(one.minimum_disk),
                common.size_text(one.content_bytes),
                str(len(one.bill)),
            )
        )
    common.write_table(rows)
    return ExitCode.OK


def show(image: str, *, store: StoreOption, trust: TrustOption | None = None, json: bool = False) -> int:
    """Show one image: NAME or NAME@VERSION."""
    from officefleet.images.index_fields import to_fields  # noqa: PLC0415  slow to import
    from officefleet.images.job import open_source  # noqa: PLC0415  slow to import
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import

    source = open_source(store, patience=0)
    try:
        trusted = Trust.load(trust or common.default_trust())
        index = common.read_remote(source, trusted, *common.split_name(image))
    finally:
        source.close()
    if json:
        common.write_json({**to_fields(index), "content_bytes": index.content_bytes})
        return ExitCode.OK
    common.write_table(
        [
            (_("image"), f"{index.name} {index.version}"),
            (_("system"), index.system),
            (_("created"), common.date_text(index.created)),
            (_("expires"), common.date_text(index.expires)),
            (_("smallest disk"), common.size_text(index.minimum_disk)),
            (_("sector"), str(index.sector)),
            (_("content"), common.size_text(index.content_bytes)),
            (_("chunks"), str(len(index.chunks))),
        ]
    )
    for part in index.partitions:
        kept = " " + _("(preserved)") if part.preserved else ""
        common.write_line(f"  {part.number} {part.name or part.type}  {common.size_text(part.size)}{kept}")
    for driver in index.drivers:
        common.write_line(_("driver {name} {version}").format(name=driver.name, version=driver.version))
    for package in index.bill:
        common.write_line(f"{package.name} {package.version} {package.architecture}".rstrip())
    return ExitCode.OK


def diff(before: str, after: str, *, store: StoreOption, trust: TrustOption | None = None) -> int:
    """Show what changed between two versions, each NAME or NAME@VERSION."""
    from officefleet.images.diff import compare  # noqa: PLC0415  slow to import
    from officefleet.images.job import open_source  # noqa: PLC0415  slow to import
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import

    source = open_source(store, patience=0)
    try:
        trusted = Trust.load(trust or common.default_trust())
        old, new = (common.read_remote(source, trusted, *common.split_name(one)) for one in (before, after))
    finally:
        source.close()
    found = compare(old, new)
    for change in found.changes:
        mark = "+" if not change.before else "-" if not change.after else "~"
        values = " -> ".join(value for value in (change.before, change.after) if value)
        common.write_line(f"{mark} {change.kind} {change.name} {values}")
    common.write_line(
        _("A poste with the first rewrites {size}; {new} of it is new content.").format(
            size=common.size_text(found.rewritten), new=common.size_text(found.new)
        )
    )
    return ExitCode.OK
