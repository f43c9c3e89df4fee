"""archive on a POSIX host."""

from __future__ import annotations

import fnmatch
import glob
import os
import stat

from officefleet.agents import archives, files, writing
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_MAGIC = "*?["


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    patterns = [files.expand(path) for path in args["path"]]
    paths, missing = _expand(patterns)
    excluded, _gone = _expand([files.expand(path) for path in args["exclude_path"]])
    many = len(patterns) > 1 or any(letter in patterns[0] for letter in _MAGIC)
    must_archive = bool(
        many or args["force_archive"] or args["format_"] in {"tar", "zip"} or any(map(os.path.isdir, paths))
    )
    dest = _dest(args, paths, many=many)
    folder = os.path.dirname(os.path.abspath(dest))
    if not os.path.isdir(folder):
        message = "Destination directory %s does not exist" % folder
        raise Undecidable(message) if context.check else Failed(message)
    packing = Packing(dest, [path for path in paths if path not in excluded], excluded, args)
    result: dict[str, Any] = {
        "dest": dest,
        "arcroot": packing.root,
        "missing": missing,
        "expanded_paths": paths,
        "expanded_exclude_paths": excluded,
    }
    return {**result, **packing.run(missing, context, must_archive=must_archive)}


def _expand(patterns: list[str]) -> tuple[list[str], list[str]]:
    """Return (what exists, patterns that match nothing)."""
    found: list[str] = []
    missing: list[str] = []
    for pattern in patterns:
        plain = not any(letter in pattern for letter in _MAGIC)
        matches = ([pattern] if os.path.lexists(pattern) else []) if plain else sorted(glob.glob(pattern))
        if not matches:
            missing.append(pattern)
        found += [path for path in matches if path not in found]
    return found, missing


def _dest(args: Mapping[str, Any], paths: list[str], *, many: bool) -> str:
    if args["dest"] is not None:
        dest = files.expand(args["dest"])
        if os.path.isdir(dest):
            raise Failed("dest is a directory: %s" % dest)
        return dest
    if many or not paths:
        raise Failed("Error, must specify 'dest' when archiving multiple files or trees")
    return "%s.%s" % (paths[0].rstrip("/"), args["format_"])


class Packing:
    """One archive that is made or compared.

    Attributes:
        root: what the names in the archive are relative to, with a slash at its end.

    """

    def __init__(self, dest: str, paths: list[str], excluded: list[str], args: Mapping[str, Any]) -> None:
        self.dest = dest
        self.paths = paths
        self.excluded = [os.path.abspath(path) for path in excluded]
        self.args = args
        parents = [os.path.dirname(os.path.abspath(path)) for path in paths]
        self.root = os.path.join(os.path.commonpath(parents), "") if parents else ""

    def run(self, missing: list[str], context: Context, *, must_archive: bool) -> dict[str, Any]:
        """Write the archive unless it is there as it must be; return the rest of the result."""
        state = writing.observe(self.dest, self.args, context)
        sources = list(self.sources())
        if not sources:
            kind = self.present_kind(state, context)
            return {"changed": False, "archived": [], "dest_state": kind, "state": kind}
        fresh = state["found"]["kind"] == "file" and (
            self.holds(sources, context) if must_archive else self.is_compressed(sources[0])
        )
        changed = not fresh or self.args["remove"] or bool(self.attributes(state))
        if not context.check:
            self.write(sources, state, context, fresh=fresh, must_archive=must_archive)
            if self.args["remove"]:
                self.remove(sources)
            state = writing.observe(self.dest, self.args, context)
        kind = ("incomplete" if missing else "archive") if must_archive else "compress"
        result: dict[str, Any] = {"changed": changed, "dest_state": kind, "archived": sources}
        if state["found"]["kind"] == "file":
            result.update(files.facts(state["found"]))
        return {**result, "state": kind}

    def present_kind(self, state: Mapping[str, Any], context: Context) -> str:
        """Return what is at dest: "absent", "archive" or "compress"."""
        if state["found"]["kind"] == "absent":
            return "absent"
        try:
            archives.Archive(self.dest, context).close()
        except Failed:
            return "compress"
        return "archive"

    def attributes(self, state: Mapping[str, Any]) -> list[dict[str, Any]]:
        mask = state["born"]["umask"]
        return files.plan_attributes(state["found"], state["wanted"], self.args["mode"], self.dest, mask=mask)

    def sources(self) -> Iterator[str]:
        """Yield the paths of all that goes in, parents first; the archive itself never does."""
        for path in self.paths:
            if not self.accepts(path):
                continue
            yield path
            if os.path.isdir(path) and not os.path.islink(path):
                yield from self.inside(path)

    def inside(self, top: str) -> Iterator[str]:
        for folder, folders, names in os.walk(top):
            kept = sorted(name for name in folders if self.accepts(os.path.join(folder, name)))
            folders[:] = [name for name in kept if not os.path.islink(os.path.join(folder, name))]
            for name in kept + sorted(names):
                path = os.path.join(folder, name)
                if name in kept or self.accepts(path):
                    yield path

    def accepts(self, path: str) -> bool:
        whole = os.path.abspath(path)
        if whole == os.path.abspath(self.dest) or whole in self.excluded:
            return False
        found = files.look(path)
        if found is None or files.kind_of(found.st_mode) not in {"file", "directory", "link"}:
            return False
        return not any(
            fnmatch.fnmatch(whole, pattern) or fnmatch.fnmatch(os.path.basename(whole), pattern)
            for pattern in self.args["exclusion_patterns"]
        )

    def name(self, path: str) -> str:
        return os.path.relpath(os.path.abspath(path), self.root)

    def holds(self, sources: list[str], context: Context) -> bool:
        """Return whether the present archive holds just these sources as they are now."""
        wanted = {self.name(path): path for path in sources}
        is_zip = self.args["format_"] == "zip"
        try:
            with archives.Archive(self.dest, context) as archive:
                if (archive.handler == "ZipArchive") != is_zip:
                    return False
                for entry in archive.entries():
                    path = wanted.pop(entry.name, None)
                    if path is None or not self.same(archive, entry, path, follow=is_zip):
                        return False
        except Failed:
            return False  # no archive, or a damaged one, is written anew
        return not wanted

    def same(self, archive: archives.Archive, entry: archives.Entry, path: str, *, follow: bool) -> bool:
        found = os.stat(path) if follow else os.lstat(path)
        kind = files.kind_of(found.st_mode)
        if entry.kind == "hard":
            return kind == "file"
        if entry.kind != kind:
            return False
        if kind == "link":
            return entry.target == os.readlink(path)
        if kind == "directory":
            return True
        if entry.size != found.st_size or (
            entry.mode is not None and entry.mode != stat.S_IMODE(found.st_mode)
        ):
            return False
        with archive.open(entry) as stream:
            return archives.same_content(stream, path)

    def is_compressed(self, source: str) -> bool:
        """Return whether the present file is the compressed source."""
        try:
            with _opener(self.args["format_"])(self.dest, "rb") as stream:
                return archives.same_content(stream, source)
        except (OSError, EOFError, ValueError):
            return False

    def write(
        self,
        sources: list[str],
        state: Mapping[str, Any],
        context: Context,
        *,
        fresh: bool,
        must_archive: bool,
    ) -> None:
        """Write beside and replace, or only set the attributes."""
        if fresh:
            for change in self.attributes(state):
                files.apply_attribute(change)
            return
        import tempfile

        descriptor, temporary = tempfile.mkstemp(
            prefix=".of-", dir=os.path.dirname(os.path.abspath(self.dest))
        )
        os.close(descriptor)
        try:
            if not must_archive:
                _compress(sources[0], temporary, self.args["format_"])
            elif self.args["format_"] == "zip":
                self.write_zip(sources, temporary)
            else:
                self.write_tar(sources, temporary)
            content = {"source": temporary, "size": os.stat(temporary).st_size}
            for change in writing.plan_write(state, self.args, content):
                writing.apply(change, context)
        except OSError as error:
            raise Failed("Error when writing %s: %s" % (self.dest, error), dest=self.dest) from None
        finally:
            os.unlink(temporary)

    def write_tar(self, sources: list[str], path: str) -> None:
        import tarfile

        mode: Any = "w:" + ("" if self.args["format_"] == "tar" else self.args["format_"])
        with tarfile.open(path, mode) as archive:
            for source in sources:
                archive.add(source, self.name(source), recursive=False)

    def write_zip(self, sources: list[str], path: str) -> None:
        import zipfile

        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for source in sources:
                archive.write(source, self.name(source))

    def remove(self, sources: list[str]) -> None:
        """Remove what was packed; folders only when nothing is left in them."""
        for path in reversed(sources):
            try:
                if os.path.isdir(path) and not os.path.islink(path):
                    os.rmdir(path)
                else:
                    os.unlink(path)
            except OSError as error:
                if not os.path.isdir(path) or os.path.islink(path):
                    raise Failed(
                        "Error when removing %s: %s" % (path, error.strerror), dest=self.dest
                    ) from None


def _opener(compression: str) -> Any:
    if compression == "gz":
        import gzip

        return gzip.open
    if compression == "bz2":
        import bz2

        return bz2.open
    import lzma

    return lzma.open


def _compress(source: str, path: str, compression: str) -> None:
    import shutil

    with open(source, "rb") as origin, _opener(compression)(path, "wb") as stream:
        shutil.copyfileobj(origin, stream, 1 << 20)
