"""What uri sends, written as its format wants. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents import files
from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from typing import Any

    from officefleet.agents.kit import Context


def encode(args: dict[str, Any], context: Context) -> tuple[bytes | None, str | None]:
    """Return (what is sent or None, the Content-Type that it has by its format or None).

    Raises:
        Failed: the body does not fit its format, or a file cannot be read.

    """
    if args.get("_blob") is not None or args["src"] is not None:
        path = context.blob(args["_blob"]) if args.get("_blob") else files.expand(args["src"])
        return files.read_bytes(path), None
    body, style = args["body"], args["body_format"]
    if body is None or body == "":
        return None, None
    if style == "json":
        import json

        text = body if isinstance(body, str) else json.dumps(body)
        return text.encode("utf-8", "surrogateescape"), "application/json"
    if style == "form-urlencoded":
        return _urlencoded(body), "application/x-www-form-urlencoded"
    if style == "form-multipart":
        return _multipart(args, context)
    return _text(body), None


def _text(value: Any) -> bytes:
    import json

    text = json.dumps(value) if isinstance(value, (dict, list)) else str(value)
    return text.encode("utf-8", "surrogateescape")


def _urlencoded(body: Any) -> bytes:
    """Return pairs as a form sends them; a list of values repeats its name."""
    from urllib.parse import urlencode

    if isinstance(body, str):
        return body.encode("utf-8", "surrogateescape")
    try:
        pairs = body.items() if isinstance(body, dict) else [(name, value) for name, value in body]
        return urlencode([(name, value) for name, value in pairs], doseq=True).encode()
    except (TypeError, ValueError) as error:
        raise Failed("failed to parse body as form_urlencoded: %s" % error) from None


def _multipart(args: dict[str, Any], context: Context) -> tuple[bytes, str]:
    """Return a form's parts as RFC 7578 has them, and the Content-Type with their boundary."""
    boundary = "===============%s==" % os.urandom(16).hex()
    sent = {entry["name"]: entry["_blob"] for entry in args.get("_tree", ())}
    out = bytearray()
    for name, part in args["body"].items():
        head, data = _part(name, part, sent, context)
        out += ("--%s\r\n" % boundary).encode()
        out += "".join("%s: %s\r\n" % pair for pair in head).encode("utf-8", "surrogateescape")
        out += b"\r\n" + data + b"\r\n"
    out += ("--%s--\r\n" % boundary).encode()
    return bytes(out), 'multipart/form-data; boundary="%s"' % boundary


def _part(
    name: str, part: Any, sent: dict[str, str], context: Context
) -> tuple[list[tuple[str, str]], bytes]:
    disposition = 'form-data; name="%s"' % _quoted(name)
    if not isinstance(part, dict):
        return [("Content-Type", "text/plain"), ("Content-Disposition", disposition)], _text(part)
    file, content = part.get("filename"), part.get("content")
    if not (file or content):
        raise Failed("at least one of filename or content must be provided")
    if file:
        disposition += '; filename="%s"' % _quoted(os.path.basename(file))
    if content:
        data = _text(content)
    else:
        data = files.read_bytes(context.blob(sent[name]) if name in sent else files.expand(str(file)))
    import mimetypes

    kind = part.get("mime_type")
    if not kind:
        kind = mimetypes.guess_type(file or "", strict=False)[0] or "application/octet-stream"
    head = [("Content-Type", kind), ("Content-Disposition", disposition)]
    if file and not content and part.get("multipart_encoding", "base64") == "base64":
        import base64

        head.insert(1, ("Content-Transfer-Encoding", "base64"))
        data = base64.encodebytes(data).rstrip(b"\n")
    return head, data


def _quoted(text: str) -> str:
    """Return a name as it stands between quotes in a header; it cannot end the line."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")
