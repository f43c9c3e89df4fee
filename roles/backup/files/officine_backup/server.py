"""Is the NAS there, is it the right one, and what time does it have?"""

from __future__ import annotations

import email.utils
import http.client
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 8


def server_time(address: str, certificate: Path | None) -> float:
    """Return the NAS's clock, in seconds since the epoch, from the Date that every HTTP answer carries.

    Args:
        address: ``https://host:port``.
        certificate: the only one that is trusted.

    Raises:
        BackupProblem: it does not answer, or another machine does.

    """
    where = urlsplit(address)
    try:
        context = ssl.create_default_context(cafile=str(certificate) if certificate else None)
        connection = http.client.HTTPSConnection(
            where.hostname or "", where.port, timeout=_SECONDS, context=context
        )
        connection.request("GET", "/")
        answer = connection.getresponse()
        date = answer.getheader("Date") or ""
        connection.close()
        return email.utils.parsedate_to_datetime(date).timestamp()
    except ssl.SSLError:
        raise BackupProblem("nas-forged", nas=address) from None
    except (OSError, http.client.HTTPException):
        raise BackupProblem("nas-gone", nas=address) from None
    except (TypeError, ValueError):
        raise BackupProblem("nas-strange", nas=address) from None
