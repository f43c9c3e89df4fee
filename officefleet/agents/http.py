"""Talking to web servers on a host. Standard library only; imported only by modules that are about to do it."""

from __future__ import annotations

import os

from officefleet.agents.kit import Failed

TYPE_CHECKING = False  # importing typing would cost the host 2 ms
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SCHEMES = ("http://", "https://", "ftp://", "file://")
_REDIRECTS = ("all", "safe", "none", "urllib2")


def open_url(
    url: str,
    *,
    method: str = "GET",
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    unredirected: tuple[str, ...] = (),
    login: tuple[str, str] | None = None,
    login_at_once: bool = True,
    netrc: bool = False,
    timeout: float = 10,
    validate: bool = True,
    proxy: bool = True,
    certificate: tuple[str, str | None] | None = None,
    authority: str | None = None,
    ciphers: str = "",
    redirects: str = "urllib2",
    unix_socket: str | None = None,
    cookies: Any = None,
    errors: bool = False,
) -> Any:
    """Return an open response, whose `read`, `headers`, `status` and `url` are urllib's.

    Args:
        url: http, https, ftp or file.
        method: HTTP's.
        data: what is sent.
        headers: request headers.
        unredirected: names of headers that are not sent to where a redirect leads.
        login: user and password; never sent to where a redirect leads.
        login_at_once: False waits until the server asks, for basic or digest.
        netrc: look for a login in ~/.netrc where there is none.
        timeout: seconds without an answer.
        validate: False accepts any server certificate.
        proxy: False ignores the environment's proxies.
        certificate: paths of a client certificate and of its key.
        authority: path of the certificates that vouch for the server.
        ciphers: OpenSSL list of ciphers, colon-separated; "" for the usual ones.
        redirects: which to follow: "all", "safe" (GET and HEAD), "none", "urllib2" (as Python's library does).
        unix_socket: path of a socket to connect to instead of the address's host.
        cookies: an http.cookiejar.CookieJar that keeps what servers set.
        errors: True returns answers with an error's status as well.

    Raises:
        Failed: no such address, no answer, or an answer that is an error; "status_code" is in its fields.

    """
    import http.client
    import urllib.error
    import urllib.request

    if not url.lower().startswith(_SCHEMES):
        raise Failed(
            "Request failed",
            response="Request failed: <urlopen error unknown url type: %s>" % url.partition(":")[0],
            status_code=-1,
            url=url,
        )
    url, found = without_login(url)
    login = login or found
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310  the scheme is checked above
    lowered = {one.lower() for one in unredirected}
    for name, value in (headers or {}).items():
        add = request.add_unredirected_header if name.lower() in lowered else request.add_header
        add(name, str(value))
    handlers: list[Any] = [] if proxy else [urllib.request.ProxyHandler({})]
    handlers += _logins(request, url, login, at_once=login_at_once, netrc=netrc)
    if url.lower().startswith("https://") or not validate:
        context = _tls(validate=validate, certificate=certificate, authority=authority, ciphers=ciphers)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    if unix_socket is not None:
        handlers.append(_socket_handler(unix_socket))
    if redirects != "urllib2":
        handlers.append(_redirects(redirects))
    if cookies is not None:
        handlers.append(urllib.request.HTTPCookieProcessor(cookies))
    try:
        return urllib.request.build_opener(*handlers).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        if errors:
            return error
        error.close()
        raise Failed("Request failed", response=str(error), status_code=error.code, url=url) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error) if not errors else error
        raise Failed(
            "Request failed", response="Request failed: %s" % reason, status_code=-1, url=url
        ) from None


def without_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return an address without the login that stands in it, and that login."""
    from urllib.parse import unquote, urlsplit, urlunsplit

    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Failed(
            "Request failed", response="Request failed: %s" % error, status_code=-1, url=url
        ) from None
    if "@" not in parts.netloc or parts.scheme not in ("http", "https"):
        return url, None
    login, _at, place = parts.netloc.rpartition("@")
    user, _colon, word = login.partition(":")
    return urlunsplit(parts._replace(netloc=place)), (unquote(user), unquote(word))


def _logins(
    request: Any, url: str, login: tuple[str, str] | None, *, at_once: bool, netrc: bool
) -> list[Any]:
    """Add a login to the request, or return the handlers that answer when the server asks for it."""
    import base64
    import urllib.request

    if login is None and netrc and not request.has_header("Authorization"):
        login, at_once = _from_netrc(url), True
    if login is None:
        return []
    if at_once:
        word = base64.b64encode(":".join(login).encode()).decode()
        request.add_unredirected_header("Authorization", "Basic " + word)
        return []
    known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    known.add_password(None, url, *login)
    return [urllib.request.HTTPBasicAuthHandler(known), urllib.request.HTTPDigestAuthHandler(known)]


def _from_netrc(url: str) -> tuple[str, str] | None:
    """Return the login that the user's netrc file has for the address's host."""
    from urllib.parse import urlsplit

    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    host = urlsplit(url).hostname
    if host is None or not os.path.exists(path):
        return None
    import netrc

    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return None if found is None or not found[0] else (found[0], found[2] or "")


def _tls(
    *, validate: bool, certificate: tuple[str, str | None] | None, authority: str | None, ciphers: str
) -> Any:
    import ssl

    try:
        context = ssl.create_default_context(cafile=authority)
        if not validate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if ciphers:
            context.set_ciphers(ciphers)
        if certificate is not None:
            context.load_cert_chain(*certificate)
    except OSError as error:  # ssl.SSLError is one
        raise Failed("cannot set up TLS: %s" % error, status_code=-1) from None
    return context


def _socket_handler(path: str) -> Any:
    """Return a handler that sends what is for http addresses through a Unix socket."""
    import http.client
    import socket
    import urllib.request

    class Connection(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            if isinstance(self.timeout, (int, float)):
                self.sock.settimeout(self.timeout)
            self.sock.connect(path)

    class Handler(urllib.request.HTTPHandler):
        def http_open(self, req: Any) -> Any:
            return self.do_open(Connection, req)

    return Handler()


def _redirects(policy: str) -> Any:
    """Return a handler that follows redirects as `policy` says; RFC 9110, 15.4, for the method that goes on.

    Raises:
        Failed: no such policy.

    """
    import urllib.error
    import urllib.request

    if policy not in _REDIRECTS:
        raise Failed("unknown way to follow redirects: %s" % policy)

    class Handler(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
            method = req.get_method()
            if policy == "none" or (policy == "safe" and method not in ("GET", "HEAD")):
                raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
            kept = code in (307, 308)  # these keep method and body
            if not kept and method != "HEAD" and not (code == 301 and method != "POST"):  # noqa: PLR2004  HTTP's
                method = "GET"
            body = req.data if kept else None
            dropped = () if body is not None else ("content-length", "content-type", "transfer-encoding")
            onward = {name: value for name, value in req.headers.items() if name.lower() not in dropped}
            return urllib.request.Request(  # noqa: S310  urllib's own redirects go to http, https and ftp alone
                newurl.replace(" ", "%20"),
                data=body,
                headers=onward,
                origin_req_host=req.origin_req_host,
                unverifiable=True,
                method=method,
            )

        http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302

    return Handler()


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
