"""get_url on a POSIX host."""

from __future__ import annotations

import os
import re

from officefleet.agents import files, writing
from officefleet.agents.kit import Failed, Undecidable

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from officefleet.agents.kit import Context

_HEX = re.compile(r"^[0-9a-fA-F]+$")
_BLOCK = 1 << 16
_NOT_MODIFIED = 304


def run(args: Mapping[str, Any], context: Context) -> dict[str, Any]:
    import time

    began = time.monotonic()
    dest = files.expand(args["dest"])
    folder = dest if os.path.isdir(dest) else os.path.dirname(dest) or "."
    if not os.path.isdir(folder):
        if context.check:
            raise Undecidable("Destination %s does not exist" % folder)
        raise Failed("Destination %s does not exist" % folder, url=args["url"], dest=dest)
    state = writing.observe(dest, args, context)
    algorithm, expected = _expected(args, dest)
    known: dict[str, Any] = {"url": args["url"], "dest": dest}
    present = state["found"]["kind"] == "file"
    if present and expected and not args["force"] and files.digest(dest, algorithm) == expected:
        return _finish({**known, "changed": False, "msg": "file already exists"}, state, args, context)
    if context.check and not present:
        return {**known, "changed": True, "msg": "would be downloaded"}
    newer = os.stat(dest).st_mtime if present and not (args["force"] or expected) else None
    try:
        known.update(_download(args, dest, newer, spool=context.check))
    except Failed as error:
        if error.fields.get("status_code") != _NOT_MODIFIED:
            raise
        same = {**known, "changed": False, "status_code": _NOT_MODIFIED, "msg": error.fields["response"]}
        return _finish(same, state, args, context)
    known["elapsed"] = int(time.monotonic() - began)
    temporary = known.pop("_temporary")
    try:
        _verify(temporary, algorithm, expected, known)
        return _install(temporary, known, args, context)
    finally:
        os.unlink(temporary)


def _verify(temporary: str, algorithm: str, expected: str, known: Mapping[str, Any]) -> None:
    found = files.digest(temporary, algorithm) if expected else ""
    if found != expected:
        message = "The checksum for %s did not match %s; it was %s." % (known["dest"], expected, found)
        raise Failed(message, url=known["url"], dest=known["dest"])


def _expected(args: Mapping[str, Any], dest: str) -> tuple[str, str]:
    """Return (algorithm, hex digest); ("", "") when the task expects none.

    Raises:
        Failed: the argument cannot be understood, or the list does not hold the file.

    """
    if not args["checksum"]:
        return "", ""
    algorithm, separator, value = args["checksum"].partition(":")
    if not separator or not value:
        raise Failed("The checksum parameter has to be in format <algorithm>:<checksum>")
    value = value.strip()
    if "://" in value:
        value = _listed(value, os.path.basename(args["url"].split("?")[0]), args)
    if not _HEX.match(value):
        raise Failed("The checksum format is invalid: %s" % value)
    return algorithm.strip().lower(), value.lower()


def _listed(address: str, name: str, args: Mapping[str, Any]) -> str:
    """Return the checksum of `name` in a list such as SHA256SUMS; a list of one bare checksum is that one."""
    from officefleet.agents import http

    lines = [
        line.split(None, 1) for line in http.get_text(address, validate=args["validate_certs"]).splitlines()
    ]
    lines = [words for words in lines if words]
    if len(lines) == 1 and len(lines[0]) == 1:
        return lines[0][0]
    for words in lines:
        if len(words) > 1 and os.path.basename(words[1].strip().lstrip("*")) == name:
            return words[0]
    raise Failed("Unable to find a checksum for file '%s' in '%s'" % (name, address))


def _download(args: Mapping[str, Any], dest: str, newer: float | None, *, spool: bool) -> dict[str, Any]:
    """Return Ansible's fields and "_temporary", the path of the download.

    Args:
        args: the module's arguments.
        dest: file or folder.
        newer: ask only for what is newer than this, in seconds since 1970.
        spool: put it into the system's folder for temporary files: check mode must not touch dest's.

    """
    from email.utils import formatdate

    from officefleet.agents import http

    headers = {"User-Agent": args["http_agent"], **(args["headers"] or {})}
    if args["decompress"]:
        headers.setdefault("Accept-Encoding", "gzip")
    if newer is not None:
        headers["If-Modified-Since"] = formatdate(newer, usegmt=True)
    login = (args["url_username"], args["url_password"] or "") if args["url_username"] else None
    certificate = (files.expand(args["client_cert"]), args["client_key"]) if args["client_cert"] else None
    response = http.open_url(
        args["url"],
        headers=headers,
        unredirected=tuple(args["unredirected_headers"]),
        login=login,
        netrc=args["use_netrc"],
        timeout=args["timeout"],
        validate=args["validate_certs"],
        proxy=args["use_proxy"],
        certificate=certificate,
        ciphers=":".join(args["ciphers"]),
    )
    with response:
        if os.path.isdir(dest):
            dest = os.path.join(dest, _name(response, args["url"]))
        temporary = _save(response, args, None if spool else os.path.dirname(dest) or ".")
        status = getattr(response, "status", None)
        size = response.headers.get("Content-Length")
    message = "OK (%s bytes)" % (size if size is not None else "unknown")
    return {"dest": dest, "src": temporary, "_temporary": temporary, "status_code": status, "msg": message}


def _name(response: Any, url: str) -> str:
    """Return the file's name as the server gives it, or as the address ends; never a path."""
    from urllib.parse import unquote, urlsplit

    given = response.headers.get_filename() if hasattr(response.headers, "get_filename") else None
    name = os.path.basename((given or "").replace("\\", "/")) or unquote(os.path.basename(urlsplit(url).path))
    name = os.path.basename(name)
    return "index.html" if name in {"", ".", ".."} else name


def _save(response: Any, args: Mapping[str, Any], folder: str | None) -> str:
    import tempfile

    where = files.expand(args["tmp_dest"]) if folder is not None and args["tmp_dest"] is not None else folder
    try:
        descriptor, path = tempfile.mkstemp(prefix=".of-", dir=where)
    except OSError as error:
        raise Failed("cannot write in %s: %s" % (where, error.strerror)) from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            for block in _blocks(response, unpack=args["decompress"]):
                stream.write(block)
    except BaseException as error:
        os.unlink(path)
        if isinstance(error, OSError):
            raise Failed("Request failed", response=str(error), status_code=-1, url=args["url"]) from None
        raise
    return path


def _blocks(response: Any, *, unpack: bool) -> Iterator[bytes]:
    """Yield the answer's content; fails when the connection ends before all of it came."""
    import zlib

    packed = unpack and response.headers.get("Content-Encoding", "").lower() == "gzip"
    inflate = zlib.decompressobj(31) if packed else None
    length = response.headers.get("Content-Length")
    got = 0
    for block in iter(lambda: response.read(_BLOCK), b""):
        got += len(block)
        yield inflate.decompress(block) if inflate else block
    if length is not None and got < int(length):
        raise OSError("the connection ended after %d of %s bytes" % (got, length))
    if inflate:
        if not inflate.eof:
            raise OSError("the packed answer ends too early")
        yield inflate.flush()


def _install(
    temporary: str, known: dict[str, Any], args: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Put the download into place unless the same content is there."""
    dest = known["dest"]
    state = writing.observe(dest, args, context)
    known["checksum_src"] = files.digest(temporary)
    known["checksum_dest"] = files.digest(dest) if state["found"]["kind"] == "file" else None
    known["changed"] = known["checksum_src"] != known["checksum_dest"]
    if context.check:
        return known
    if known["changed"]:
        content = {"source": temporary, "size": os.stat(temporary).st_size}
        for change in writing.plan_write(state, args, content):
            known.update(writing.apply(change, context))
        state = writing.observe(dest, args, context)
    try:
        known["md5sum"] = files.digest(dest, "md5")
    except Failed:
        known["md5sum"] = None  # a host in FIPS mode has no md5
    return _finish(known, state, args, context)


def _finish(
    known: dict[str, Any], state: Mapping[str, Any], args: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Set the attributes of the file and add its facts."""
    changes = files.plan_attributes(
        state["found"], state["wanted"], args["mode"], state["path"], mask=state["born"]["umask"]
    )
    if not context.check:
        for change in changes:
            files.apply_attribute(change)
    known["changed"] = known["changed"] or bool(changes)
    return {**known, **files.facts(writing.predict(state, changes))}
