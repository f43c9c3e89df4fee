"""``officefleet image``: build, store, prove, copy and restore golden images."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.cli.commands import _image_common as common
from officefleet.cli.commands._image_common import (  # noqa: TC001  cyclopts reads them at run time
    StoreFolder,
    StoreOption,
    TrustOption,
)
from officefleet.cli.commands._image_keys import keys
from officefleet.cli.commands._image_show import diff, list_images, show
from officefleet.cli.commands._image_windows import capture, identity, read_identity_file
from officefleet.errors import ExitCode
from officefleet.i18n import _

if TYPE_CHECKING:
    from officefleet.images.index import Index

command = App(name="image", help="Build, store, prove, copy and restore golden images.")
command.command(keys)
command.command(list_images, name="ls")
command.command(show)
command.command(diff)
command.command(capture)
command.command(identity)


@command.command
def build(
    recipe: Path,
    *,
    store: StoreFolder,
    key: Annotated[Path, Parameter(env_var="OFFICEFLEET_SIGNING_KEY")],
    trust: TrustOption | None = None,
    work: Path = Path("/var/tmp"),  # noqa: S108  a folder of its own is made in it
    fresh: bool = False,
) -> int:
    """Build the image of a recipe and publish it, signed.

    Args:
        recipe: YAML file.
        store: Folder of the store.
        key: Private signing key.
        trust: File of trusted keys.
        work: Folder for the disk being made.
        fresh: Do not build on the last version; the next delta is then large.

    """
    from officefleet.images.builder import Workshop  # noqa: PLC0415  slow to import
    from officefleet.images.builder import build as run_build  # noqa: PLC0415  slow to import
    from officefleet.images.ed25519 import Signer  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    stages = {
        "tree": _("installing packages"),
        "inspect": _("looking for what may not be in an image"),
        "disk": _("making the disk"),
    }

    def say(stage: str, _done: int, _total: int) -> None:
        if stage in stages:
            sys.stderr.write(stages[stage] + "\n")

    workshop = Workshop(
        store=session.store,
        signer=Signer.load(key),
        keys=session.keys,
        read=session.read,
        work=work,
        fresh=fresh,
        progress=say,
    )
    built = run_build(recipe, workshop)
    common.write_line(
        _("{name} {version}: {content} of content, the store grew by {grown}.").format(
            name=built.index.name,
            version=built.index.version,
            content=common.size_text(built.index.content_bytes),
            grown=common.size_text(built.stored_bytes),
        )
    )
    return ExitCode.OK


@command.command
def verify(image: str | None = None, *, store: StoreFolder, trust: TrustOption | None = None) -> int:
    """Prove images of a store: signature, and every chunk by its hash. All images by default."""
    from officefleet.images.scrub import scrub  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    wanted = _wanted(session, [image] if image else [])
    status = ExitCode.OK
    for name, version in wanted:
        index = session.read(session.store.read_index(name, version))
        found = scrub(session.store, needed=[chunk.id for chunk in index.chunks], only_needed=True)
        if found.is_sound:
            common.write_line(_("{name} {version}: right.").format(name=name, version=version))
            continue
        status = ExitCode.FAILED
        common.write_line(
            _("{name} {version}: {rotten} chunks damaged, {missing} missing.").format(
                name=name, version=version, rotten=len(found.rotten), missing=len(found.missing)
            )
        )
    return status


@command.command
def prune(
    image: str | None = None,
    *,
    store: StoreFolder,
    keep: int = 3,
    trust: TrustOption | None = None,
    dry_run: bool = False,
) -> int:
    """Remove old versions, then the chunks that nothing needs any more.

    Args:
        image: Name; all images by default.
        store: Folder of the store.
        keep: How many versions of each image stay.
        trust: File of trusted keys.
        dry_run: Remove nothing, say what would be.

    """
    from officefleet.images import collect  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    for name in [image] if image else session.store.names():
        versions = session.store.versions(name)[:-keep] if keep > 0 else []
        if not dry_run:
            versions = collect.prune(session.store, name, keep=keep)
        for version in versions:
            common.write_line(_("{name} {version}: removed.").format(name=name, version=version))
    found = collect.collect(session.store, session.read, dry_run=dry_run)
    common.write_line(
        _("{count} chunks removed, {size}; those of today's versions stay for a day.").format(
            count=found.chunks, size=common.size_text(found.bytes)
        )
    )
    return ExitCode.OK


@command.command
def scrub(
    *, store: StoreFolder, mend_from: str | None = None, trust: TrustOption | None = None, json: bool = False
) -> int:
    """Read every chunk of a store and find rot; mend it from another copy, if one is given."""
    from officefleet.images.job import open_source  # noqa: PLC0415  slow to import
    from officefleet.images.scrub import scrub as run_scrub  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    lengths: dict[str, int] = {}
    for name, version in _wanted(session, []):
        index = session.read(session.store.read_index(name, version))
        lengths.update((chunk.id, chunk.length) for chunk in index.chunks)
    source = open_source(mend_from) if mend_from else None
    try:
        found = run_scrub(session.store, needed=lengths, mend_from=source, lengths=lengths)
    finally:
        if source:
            source.close()
    if json:
        common.write_json({**asdict(found), "sound": found.is_sound})
    else:
        for kind, chunks in (
            (_("damaged"), found.rotten),
            (_("missing"), found.missing),
            (_("mended"), found.mended),
        ):
            for chunk in chunks:
                common.write_line(f"{kind} {chunk}")
        common.write_line(
            _("{count} chunks read, {size}.").format(count=found.checked, size=common.size_text(found.bytes))
        )
    return ExitCode.OK if found.is_sound else ExitCode.FAILED


@command.command
def export(destination: Path, *images: str, store: StoreFolder, trust: TrustOption | None = None) -> int:
    """Copy images to a removable disk, proven; to one file if DESTINATION ends in .tar.

    Args:
        destination: A folder, which becomes a store, or a .tar file.
        images: NAME or NAME@VERSION; the newest version of every image by default.
        store: Folder of the store.
        trust: File of trusted keys.

    """
    from officefleet.images.archive import write_archive  # noqa: PLC0415  slow to import
    from officefleet.images.mirror import mirror  # noqa: PLC0415  slow to import
    from officefleet.images.store import Store  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    wanted = _wanted(session, images, newest=True)
    if destination.suffix == ".tar":
        size = write_archive(session.store, destination, wanted, session.read)
        common.write_line(_("{path}: {size}.").format(path=destination, size=common.size_text(size)))
        return ExitCode.OK
    other = Store.create(destination)
    other.write_keys(session.store.read_keys())
    done = mirror(session.store, other, wanted, session.read)
    _say_mirrored(destination, done.images, done.bytes)
    return ExitCode.OK


@command.command(name="import")
def import_images(origin: Path, *images: str, store: StoreFolder, trust: TrustOption | None = None) -> int:
    """Copy images from a removable disk or a .tar file into a store, proven."""
    import time  # noqa: PLC0415  only here
    from functools import partial  # noqa: PLC0415  only here

    from officefleet.images.archive import read_archive  # noqa: PLC0415  slow to import
    from officefleet.images.index import read_index  # noqa: PLC0415  slow to import
    from officefleet.images.mirror import mirror  # noqa: PLC0415  slow to import

    session = common.open_session(store, trust or common.default_trust())
    if not origin.is_dir():
        now = int(time.time())

        def accept(data: bytes) -> partial[Index]:
            found, trusted = session.trust.accept_keys(data, now=now)
            return partial(read_index, keys=found, trust=trusted, now=now, allow_older=True)

        added = read_archive(origin, session.store, accept)
        _say_mirrored(store, added, 0)
        return ExitCode.OK
    other = common.open_session(origin, trust or common.default_trust())
    done = mirror(other.store, session.store, _wanted(other, images, newest=True), other.read)
    _say_mirrored(store, done.images, done.bytes)
    return ExitCode.OK


@command.command
def serve(*, store: StoreFolder, host: str = "0.0.0.0", port: int = 8421) -> int:  # noqa: S104  the LAN is meant
    """Serve a store over plain HTTP until Ctrl-C."""
    from officefleet.images.server import StoreServer  # noqa: PLC0415  slow to import
    from officefleet.images.store import Store  # noqa: PLC0415  slow to import

    with StoreServer(Store.open(store).root, host, port) as server:
        common.write_line(_("Serving {store} on {url}").format(store=store, url=server.url))
        sys.stdout.flush()
        server.serve_forever()
    return ExitCode.OK


@command.command
def restore(
    image: str,
    target: Path,
    *,
    store: StoreOption,
    trust: TrustOption | None = None,
    create: bool = False,
    allow_older: bool = False,
    allow_expired: bool = False,
    initialise_preserved: bool = False,
    identity: Path | None = None,
    patience: float = 60.0,
    json: bool = False,
) -> int:
    """Restore an image to a disk, proven; only what differs is fetched and written.

    Args:
        image: NAME or NAME@VERSION; the newest version by default.
        target: The disk, or a file that plays one. What it holds is lost, but for preserved partitions.
        store: Folder, or http address.
        trust: File of trusted keys.
        create: Make the file if there is none.
        allow_older: Go back to a version below one seen before.
        allow_expired: Accept an expired image.
        initialise_preserved: Write preserved partitions too, losing what they hold.
        identity: JSON file of who the machine is, or - for standard input; written before the disk can boot.
        patience: Seconds to wait for a store that does not answer.
        json: Write the report as JSON.

    """
    from officefleet.images.job import Wish, run  # noqa: PLC0415  slow to import
    from officefleet.images.keys import Trust  # noqa: PLC0415  slow to import

    trust_file = trust or common.default_trust()
    name, version = common.split_name(image)
    wish = Wish(
        store=store,
        image=name,
        version=version,
        target=target,
        create=create,
        allow_older=allow_older,
        allow_expired=allow_expired,
        initialise_preserved=initialise_preserved,
        patience=patience,
    )
    who = read_identity_file(identity) if identity else None

    def before_boot(index: Index) -> None:
        if who is not None:
            from officefleet.images.identify import identify  # noqa: PLC0415  slow to import

            identify(target, index, who)

    try:
        report, trusted = run(
            wish,
            Trust.load(trust_file),
            progress=common.show_progress,
            before_boot=before_boot if who is not None else None,
        )
    finally:
        common.end_progress()
    trusted.save(trust_file)
    if json:
        common.write_json(asdict(report))
        return ExitCode.OK
    if report.already_right:
        text = _("{target} already holds {image} {version}: proven in {seconds} s, nothing written.")
    else:
        text = _(
            "{target} holds {image} {version}: {written} written and read back, {fetched} fetched, {seconds} s."
        )
    common.write_line(
        text.format(
            target=target,
            image=report.image,
            version=report.version,
            seconds=round(report.seconds, 1),
            written=common.size_text(report.written),
            fetched=common.size_text(report.fetched),
        )
    )
    for part in report.unproven:
        common.write_line(
            _("The preserved partition {name} was left as found; no table said what it is.").format(name=part)
        )
    return ExitCode.OK


def _wanted(
    session: common.Session, images: tuple[str, ...] | list[str], *, newest: bool = False
) -> list[tuple[str, int]]:
    found = []
    for text in images or session.store.names():
        name, version = common.split_name(text)
        versions = session.store.versions(name)
        if version is not None:
            found.append((name, version))
        elif not versions:
            session.store.read_index(name)  # says that there is none
        else:
            found += [(name, one) for one in (versions[-1:] if newest else versions)]
    return found


def _say_mirrored(
    where: Path, images: tuple[tuple[str, int], ...] | list[tuple[str, int]], size: int
) -> None:
    for name, version in images:
        common.write_line(
            _("{name} {version}: proven on {path}.").format(name=name, version=version, path=where)
        )
    if size:
        common.write_line(_("{size} copied.").format(size=common.size_text(size)))
