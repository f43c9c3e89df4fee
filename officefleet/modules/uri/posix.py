"""uri on a POSIX host."""

from __future__ import annotations

import os

from officefleet.agents import files, writing
from officefleet.agents.httpbody import encode
from officefleet.agents.kit import MAX_OUTPUT, Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from officefleet.agents.kit import Context

_BLOCK = 1 << 16
_NOT_MODIFIED = 304


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    if context.check:
        message = "remote module (uri) does not support check mode"
        return {"changed": False, "skipped": True, "msg": message}
    reason = _not_needed(args)
    if reason is not None:
        text = "skipped, since " + reason
        return {"changed": False, "stdout": text, "stdout_lines": [text]}
    import http.cookiejar
    import time

    jar = http.cookiejar.CookieJar()
    began = time.monotonic()
    try:
        response = _ask(args, jar, context)
    except Failed as error:
        fields = dict(error.fields, elapsed=int(time.monotonic() - began), url=args["url"], redirected=False)
        fields["status"] = fields.pop("status_code", -1)
        text = fields.pop("response", error.msg)
        raise Failed(
            "Status code was %s and not %s: %s" % (fields["status"], args["status_code"], text), **fields
        ) from None
    with response:
        return _answer(response, jar, args, context, began)


def _not_needed(args: dict[str, Any]) -> str | None:
    if args["creates"] is not None and os.path.exists(files.expand(args["creates"])):
        return "'%s' exists" % args["creates"]
    if args["removes"] is not None and not os.path.exists(files.expand(args["removes"])):
        return "'%s' does not exist" % args["removes"]
    return None


def _ask(args: dict[str, Any], jar: Any, context: Context) -> Any:
    from email.utils import formatdate

    from officefleet.agents import http

    data, kind = encode(args, context)
    headers = {name: str(value) for name, value in args["headers"].items()}
    given = {name.lower() for name in headers}
    if kind is not None and ("content-type" not in given or args["body_format"] == "form-multipart"):
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = kind
    if "user-agent" not in given:
        headers["User-Agent"] = args["http_agent"]
    dest = files.expand(args["dest"]) if args["dest"] is not None else None
    if args["force"]:
        headers["cache-control"] = "no-cache"
    elif dest is not None and os.path.isfile(dest):
        headers["If-Modified-Since"] = formatdate(os.stat(dest).st_mtime, usegmt=True)
    certificate = None
    if args["client_cert"] is not None:
        certificate = (
            files.expand(args["client_cert"]),
            args["client_key"] and files.expand(args["client_key"]),
        )
    login = (args["url_username"], args["url_password"] or "") if args["url_username"] else None
    return http.open_url(
        args["url"], method=args["method"], data=data, headers=headers, login=login,
        unredirected=tuple(args["unredirected_headers"]), login_at_once=args["force_basic_auth"],
        netrc=args["use_netrc"], timeout=args["timeout"], validate=args["validate_certs"],
        proxy=args["use_proxy"], certificate=certificate,
        authority=args["ca_path"] and files.expand(args["ca_path"]), ciphers=":".join(args["ciphers"]),
        redirects={"yes": "all", "no": "none"}.get(args["follow_redirects"], args["follow_redirects"]),
        unix_socket=args["unix_socket"], cookies=jar, errors=True,
    )  # fmt: skip


def _answer(response: Any, jar: Any, args: dict[str, Any], context: Context, began: float) -> dict[str, Any]:
    import time
    import urllib.error

    known = _headers(response)
    status = int(getattr(response, "status", None) or response.code)
    good = status in args["status_code"]
    size = response.headers.get("Content-Length")
    is_error = isinstance(response, urllib.error.HTTPError)
    known.update(
        status=status,
        url=response.geturl(),
        msg=str(response) if is_error else "OK (%s bytes)" % (size if size is not None else "unknown"),
        changed=False,
    )
    if not is_error:
        known["cookies"] = {one.name: one.value for one in jar}
        known["cookies_string"] = "; ".join("%s=%s" % (one.name, one.value) for one in jar)
    known["redirected"] = known["url"] != args["url"]
    if "location" in known:
        from urllib.parse import urljoin

        known["location"] = urljoin(known["url"], known["location"])
    text = _take(response, known, args, context, good=good)
    known["elapsed"] = int(time.monotonic() - began)
    if _is_json(response):
        _add_json(known, text)
    if args["return_content"]:
        known["content"] = text
    elif is_error and good:
        known["body"] = text
    if not good:
        message = "Status code was %s and not %s: %s" % (status, args["status_code"], known.pop("msg"))
        raise Failed(message, **known)
    return known


def _take(response: Any, known: dict[str, Any], args: dict[str, Any], context: Context, *, good: bool) -> str:
    """Read the answer, into dest when it is wanted there; return its text."""
    if args["dest"] is None or not good or known["status"] == _NOT_MODIFIED:
        if args["dest"] is not None:
            known["path"] = files.expand(args["dest"])
            if os.path.isfile(known["path"]):
                known.update(files.facts(files.describe(known["path"], follow=True)))
        return _read(response, args).decode(_charset(response), "surrogateescape")
    known.update(_save(response, args, context))
    if args["return_content"] or _is_json(response):
        return files.read_bytes(known["path"]).decode("utf-8", "surrogateescape")
    return ""


def _headers(response: Any) -> dict[str, Any]:
    """Return the answer's headers, their names fit for variables; one that comes twice is joined."""
    found: dict[str, Any] = {}
    for name, value in response.headers.items():
        key = name.lower().replace("-", "_")
        found[key] = "%s, %s" % (found[key], value) if key in found else value
    return found


def _is_json(response: Any) -> bool:
    kind = response.headers.get_content_type()
    return kind in ("application/json", "text/json") or kind.endswith("+json") or "javascript" in kind


def _add_json(known: dict[str, Any], text: str) -> None:
    import json

    try:
        known["json"] = json.loads(text)
    except ValueError:
        return  # the server's Content-Type was wrong; the text says enough


def _charset(response: Any) -> str:
    import codecs

    name = response.headers.get_content_charset() or "utf-8"
    try:
        codecs.lookup(name)
    except LookupError:
        return "utf-8"
    return str(name)


def _blocks(response: Any, args: dict[str, Any]) -> Iterator[bytes]:
    import http.client
    import zlib

    packed = args["decompress"] and response.headers.get("Content-Encoding", "").lower() == "gzip"
    inflate = zlib.decompressobj(31) if packed else None
    try:
        for block in iter(lambda: response.read(_BLOCK), b""):
            yield inflate.decompress(block) if inflate else block
        if inflate:
            yield inflate.flush()
    except (OSError, zlib.error, http.client.HTTPException) as error:
        raise Failed("the answer ended early: %s" % error, url=args["url"], status=-1) from None


def _read(response: Any, args: dict[str, Any]) -> bytes:
    """Return the answer, no more than fits into a result."""
    found = bytearray()
    for block in _blocks(response, args):
        found += block
        if len(found) > MAX_OUTPUT:
            message = "the answer is larger than %d bytes; give dest to write it to a file" % MAX_OUTPUT
            raise Failed(message, url=args["url"], status=getattr(response, "status", -1))
    return bytes(found)


def _save(response: Any, args: dict[str, Any], context: Context) -> dict[str, Any]:
    """Write the answer to dest unless the same is there; return {"path", "changed"} and the file's facts."""
    import tempfile

    dest = files.expand(args["dest"])
    if os.path.isdir(dest):
        from urllib.parse import unquote, urlsplit

        name = os.path.basename(unquote(urlsplit(response.geturl()).path))
        dest = os.path.join(dest, name if name not in ("", ".", "..") else "index.html")
    with tempfile.NamedTemporaryFile(prefix=".of-") as stream:
        for block in _blocks(response, args):
            stream.write(block)
        stream.flush()
        state = writing.observe(dest, args, context)
        there = state["found"]["kind"] == "file"
        changes = []
        if not there or files.digest(dest) != files.digest(stream.name):
            content = {"source": stream.name, "size": os.stat(stream.name).st_size}
            changes = writing.plan_write(state, args, content)
        else:
            changes = files.plan_attributes(
                state["found"], state["wanted"], args["mode"], dest, mask=state["born"]["umask"]
            )
        for change in changes:
            writing.apply(change, context)
    facts = files.facts(writing.predict(state, changes))
    return dict(facts, path=dest, changed=bool(changes))
