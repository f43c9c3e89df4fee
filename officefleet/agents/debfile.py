"""A single ``.deb`` file: found or fetched, and compared with what is installed. Standard library only."""

from __future__ import annotations

import os

from officefleet.agents import debian
from officefleet.agents.kit import Context, Failed, Undecidable, need

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any


def locate(deb: str, context: Context) -> tuple[str, str | None]:
    """Return (path, temporary folder or None); a URL is fetched.

    Raises:
        Failed: no such file, or the download failed.
        Undecidable: in check mode, no such file: an earlier task may bring it.

    """
    if "://" in deb:
        return _download(deb)
    path = os.path.abspath(os.path.expanduser(deb))
    if os.path.isfile(path):
        return path, None
    if context.check:
        raise Undecidable("%s is not there yet; an earlier task may bring it" % path)
    raise Failed("Unable to install package: no such file: %s" % path)


def _download(url: str) -> tuple[str, str]:
    import shutil
    import tempfile
    import urllib.request

    if not url.startswith(("http://", "https://", "ftp://")):
        raise Failed("cannot fetch %s: only http, https and ftp are known" % url)
    folder = tempfile.mkdtemp(prefix="officefleet-deb-")
    path = os.path.join(folder, os.path.basename(url.partition("?")[0]) or "package.deb")
    try:
        with urllib.request.urlopen(url, timeout=60) as source, open(path, "wb") as target:  # noqa: S310  checked above
            shutil.copyfileobj(source, target)
    except (OSError, ValueError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Failed("cannot fetch %s: %s" % (url, error)) from None
    return path, folder


def wanted(path: str, status: str, args: dict[str, Any], context: Context) -> bool:
    """Return whether the package in the file must be installed.

    Raises:
        Failed: the file is no package, or a newer version is installed and a downgrade is not allowed.

    """
    done = context.run([need("dpkg-deb"), "--field", path, "Package", "Version", "Architecture"], parse=True)
    if done.rc != 0:
        raise Failed("Unable to install package: %s" % done.err.strip(), rc=done.rc)
    found = debian.fields(done.out)
    for stanza in debian.find(status, found.get("Package", "")):
        same = found.get("Architecture") in ("all", stanza.get("Architecture"))
        if not same or not debian.is_installed(stanza):
            continue
        order = debian.compare(found["Version"], stanza["Version"])
        if order < 0 and not (args["allow_downgrade"] or args["force"]):
            raise Failed("A later version is already installed: %s" % stanza["Version"])
        return order != 0
    return True
