"""Fetches a URL from the controller, for the lookup of that name."""

from __future__ import annotations

import base64
import netrc
import os
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from officefleet.errors import TemplateError
from officefleet.i18n import _
from officefleet.source.plugins.kinds import is_list
from officefleet.source.plugins.lookups.call import flag

if TYPE_CHECKING:
    from officefleet.source.plugins.lookups.call import Surroundings

_DEFAULTS: Final[dict[str, Any]] = {
    "validate_certs": True,
    "split_lines": True,
    "use_proxy": True,
    "username": None,
    "password": None,
    "headers": None,
    "force": False,
    "timeout": 10,
    "http_agent": "officefleet",
    "force_basic_auth": False,
    "follow_redirects": "urllib2",
    "use_gssapi": False,
    "use_netrc": True,
    "unix_socket": None,
    "ca_path": None,
    "unredirected_headers": None,
    "ciphers": None,
}
# option -> how ansible-core names it in ``ansible_lookup_url_NAME`` and ``ANSIBLE_LOOKUP_URL_NAME``
_SETTINGS: Final = {
    "force": "force",
    "timeout": "timeout",
    "http_agent": "agent",
    "force_basic_auth": "force_basic_auth",
    "follow_redirects": "follow_redirects",
    "use_netrc": "use_netrc",
    "ca_path": "ca_path",
    "unredirected_headers": "unredir_headers",
    "ciphers": "ciphers",
}


def url(terms: list[Any], around: Surroundings, **given: Any) -> list[Any]:
    """Return what each URL answers: its lines, or one text with ``split_lines=false``."""
    options = _options(given, around)
    found: list[Any] = []
    for term in terms:
        text = _fetch(str(term), options)
        found.extend(text.splitlines() if flag(options["split_lines"]) else [text])
    return found


def _options(given: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    unknown = set(given) - set(_DEFAULTS)
    if unknown:
        raise TemplateError(_("lookup url has no option {option}").format(option=min(unknown)))
    options = dict(_DEFAULTS)
    for option, name in _SETTINGS.items():
        value = around.variables.get(f"ansible_lookup_url_{name}")
        if value is None:
            value = os.environ.get(f"ANSIBLE_LOOKUP_URL_{name.upper()}")
        if value is not None:
            options[option] = value
    options.update(given)
    if flag(options["use_gssapi"]) or options["unix_socket"]:
        raise TemplateError(_("lookup url: use_gssapi and unix_socket are not supported"))
    return options


def _fetch(address: str, options: dict[str, Any]) -> str:
    if urlsplit(address).scheme not in ("http", "https"):
        raise TemplateError(_("lookup url: {url} is neither http nor https").format(url=_shown(address)))
    try:
        opener = urllib.request.build_opener(*_handlers(address, options))
        with opener.open(_request(address, options), timeout=float(options["timeout"])) as answer:
            body: bytes = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            raise TemplateError(
                _("lookup url: {url} answered {code}").format(url=_shown(address), code=error.code)
            ) from None
    except urllib.error.URLError as error:
        raise TemplateError(
            _("lookup url: {url}: {reason}").format(url=_shown(address), reason=error.reason)
        ) from None
    except (OSError, ValueError, HTTPException) as error:
        raise TemplateError(
            _("lookup url: {url}: {reason}").format(url=_shown(address), reason=error)
        ) from None
    return body.decode("utf-8", "surrogateescape")


def _shown(address: str) -> str:
    """Return a URL without its user, password and query: they may hold secrets."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


def _request(address: str, options: dict[str, Any]) -> urllib.request.Request:
    request = urllib.request.Request(address)  # noqa: S310  the scheme was checked
    request.add_header("User-Agent", str(options["http_agent"]))
    if flag(options["force"]):
        request.add_header("Cache-Control", "no-cache")
    hidden = {str(name).lower() for name in _list(options["unredirected_headers"])}
    for name, value in (options["headers"] or {}).items():
        if str(name).lower() in hidden:
            request.add_unredirected_header(str(name), str(value))
        else:
            request.add_header(str(name), str(value))
    login = _login(address, options)
    if login is not None and (flag(options["force_basic_auth"]) or options["username"] is None):
        token = base64.b64encode(":".join(login).encode()).decode("ascii")
        request.add_unredirected_header("Authorization", f"Basic {token}")
    return request


def _login(address: str, options: dict[str, Any]) -> tuple[str, str] | None:
    """Return (user, password): the given ones, else those of ``~/.netrc`` for the host."""
    if options["username"] is not None:
        return str(options["username"]), str(options["password"] or "")
    if not flag(options["use_netrc"]):
        return None
    try:
        entry = netrc.netrc().authenticators(urlsplit(address).hostname or "")
    except (OSError, netrc.NetrcParseError):
        return None
    return (entry[0], entry[2] or "") if entry else None


def _handlers(address: str, options: dict[str, Any]) -> list[urllib.request.BaseHandler]:
    handlers: list[urllib.request.BaseHandler] = [_redirects(str(options["follow_redirects"]))]
    if not flag(options["use_proxy"]):
        handlers.append(urllib.request.ProxyHandler({}))
    if urlsplit(address).scheme == "https":
        handlers.append(urllib.request.HTTPSHandler(context=_context(options)))
    if options["username"] is not None and not flag(options["force_basic_auth"]):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, address, str(options["username"]), str(options["password"] or ""))
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
        handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
    return handlers


def _redirects(how: str) -> urllib.request.HTTPRedirectHandler:
    if how in ("urllib2", "all", "yes", "safe"):  # a lookup only ever sends GET: all three follow
        return urllib.request.HTTPRedirectHandler()
    if how in ("none", "no"):
        return _StayHere()
    raise TemplateError(
        _("lookup url: unknown follow_redirects {name}").format(name=how),
        hint=_("all, safe, none or urllib2"),
    )


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for an error."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Follow nothing."""


def _context(options: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options["ca_path"])
    if options["ciphers"]:
        context.set_ciphers(":".join(_list(options["ciphers"])))
    if not flag(options["validate_certs"]):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _list(value: Any) -> list[str]:
    if value is None:
        return []
    if is_list(value):
        return [str(item) for item in value]
    return [part.strip() for part in str(value).split(",") if part.strip()]
