"""Fetching from the web on a host. Standard library only; imported only by modules that are about to do it."""

from __future__ import annotations

from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SCHEMES = ("http://", "https://", "ftp://", "file://")


def open_url(
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    unredirected: tuple[str, ...] = (),
    login: tuple[str, str] | None = None,
    timeout: float = 10,
    validate: bool = True,
    proxy: bool = True,
    certificate: tuple[str, str | None] | None = None,
    ciphers: str = "",
) -> Any:
    """Return an open response, whose `read`, `headers`, `status` and `url` are urllib's.

    Args:
        url: http, https, ftp or file.
        headers: request headers.
        unredirected: names of headers that are not sent to where a redirect leads.
        login: user and password; never sent to where a redirect leads.
        timeout: seconds without an answer.
        validate: False accepts any server certificate.
        proxy: False ignores the environment's proxies.
        certificate: paths of a client certificate and of its key.
        ciphers: OpenSSL list of ciphers, colon-separated; "" for the usual ones.

    Raises:
        Failed: no such address, no answer, or an answer that is an error; "status_code" is in its fields.

    """
    import base64
    import urllib.error
    import urllib.request

    if not url.lower().startswith(_SCHEMES):
        raise Failed("Request failed", response="unknown url type: %s" % url, status_code=-1, url=url)
    request = urllib.request.Request(url)  # noqa: S310  the scheme is checked above
    for name, value in (headers or {}).items():
        lowered = {one.lower() for one in unredirected}
        add = request.add_unredirected_header if name.lower() in lowered else request.add_header
        add(name, str(value))
    if login is not None:
        word = base64.b64encode(":".join(login).encode()).decode()
        request.add_unredirected_header("Authorization", "Basic " + word)
    handlers: list[Any] = [] if proxy else [urllib.request.ProxyHandler({})]
    if url.lower().startswith("https://") or not validate:
        context = _tls(validate=validate, certificate=certificate, ciphers=ciphers)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        raise Failed("Request failed", response=str(error), status_code=error.code, url=url) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise Failed(
            "Request failed", response="Request failed: %s" % reason, status_code=-1, url=url
        ) from None


def _tls(*, validate: bool, certificate: tuple[str, str | None] | None, ciphers: str) -> Any:
    import ssl

    context = ssl.create_default_context()
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if ciphers:
        context.set_ciphers(ciphers)
    if certificate is not None:
        context.load_cert_chain(*certificate)
    return context


def get_text(url: str, *, validate: bool = True, limit: int = 1 << 20) -> str:
    """Return what an address holds, as text.

    Raises:
        Failed: as `open_url`, or there are more than `limit` bytes.

    """
    with open_url(url, validate=validate) as response:
        data: bytes = response.read(limit + 1)
    if len(data) > limit:
        raise Failed("%s holds more than %d bytes" % (url, limit))
    return data.decode("utf-8", "replace")
