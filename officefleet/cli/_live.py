"""Reads what hangs on live machines for ``drivers check --live``: one small program a host."""

from __future__ import annotations

import inspect
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from officefleet.errors import AgentError, OfficefleetError, TransportError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.drivers.live import LiveFacts
    from officefleet.engine.options import Options
    from officefleet.inventory import Inventory
    from officefleet.transports.base import Endpoint

_RECEIVE = "import sys; exec(compile(sys.stdin.read(int(sys.stdin.readline())), 'peripheral_facts', 'exec'))"
_TIMEOUT = 30  # seconds for reading a few hundred small files


def read_live(
    inventory: Inventory, hosts: Sequence[str], options: Options
) -> dict[str, LiveFacts | OfficefleetError]:
    """Return each host's facts, or the error that stood in the way."""

    def one(host: str) -> LiveFacts | OfficefleetError:
        try:
            return _read(inventory.variables(host), host, options)
        except OfficefleetError as error:
            return error

    with ThreadPoolExecutor(max_workers=max(1, min(options.forks, len(hosts)))) as pool:
        return dict(zip(hosts, pool.map(one, hosts), strict=True))


def _read(variables: dict[str, Any], host: str, options: Options) -> LiveFacts:
    from officefleet.agents import peripherals  # noqa: PLC0415  only here
    from officefleet.drivers.live import from_posix  # noqa: PLC0415  loads pydantic
    from officefleet.engine.sessions import identity  # noqa: PLC0415  loads paramiko
    from officefleet.playbook.model import Keywords  # noqa: PLC0415  loads the playbook language
    from officefleet.transports.base import connect, quote_words  # noqa: PLC0415  loads paramiko

    place = identity(host, Keywords(), variables, options, lambda value: value)
    if place.endpoint.powershell:
        return _read_windows(place.endpoint)
    program = inspect.getsource(peripherals) + "\nimport json\nprint(json.dumps(peripheral_facts()))\n"
    words = [place.python, "-c", _RECEIVE]
    if place.become is not None and not place.become.password:  # CUPS shows its queues to root only
        words = [place.become.executable, "-n", "-u", place.become.user, "--", *words]
    transport = connect(place.endpoint)
    try:
        channel = transport.start(quote_words(words))
        channel.write(f"{len(program)}\n{program}".encode())
        answer = channel.readline(_TIMEOUT)
    except TimeoutError:
        raise TransportError(_("{host}: no answer for {count} s").format(host=host, count=_TIMEOUT)) from None
    finally:
        transport.close()
    try:
        facts = json.loads(answer)
    except (ValueError, RecursionError):
        raise AgentError(
            _("{host}: the peripherals could not be read").format(host=host),
            hint=_("does it run Python 3?"),
        ) from None
    return from_posix(facts)


def _read_windows(place: Endpoint) -> LiveFacts:
    from officefleet.agents import windows_bare  # noqa: PLC0415  only here
    from officefleet.drivers.live_windows import SCRIPT, parse  # noqa: PLC0415  loads pydantic
    from officefleet.transports.base import connect  # noqa: PLC0415  loads pywinrm

    transport = connect(place)
    try:
        found = windows_bare.run_script(transport, SCRIPT, _TIMEOUT)
    finally:
        transport.close()
    if found.get("failed"):
        said = str(found.get("stderr") or found["msg"]).strip().splitlines()
        raise AgentError(
            _("{host}: the peripherals could not be read").format(host=place.host),
            hint=said[-1] if said else "",
        )
    return parse(str(found["stdout"]))
