"""Waits until addresses answer with an SSH banner: ``python -m officefleet.lab.probe SECONDS ADDRESS...``.

A program of its own because it must run inside the lab's network namespace. It exits with 0 once all
answer; else with 1, and prints those that did not.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

_PAUSE = 0.05


async def _answers(address: str, port: int) -> bool:
    writer = None
    try:
        reader, writer = await asyncio.open_connection(address, port)
        return (await reader.readline()).startswith(b"SSH-")
    except OSError:
        return False
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _wait(address: str, port: int, seconds: float) -> bool:
    async def until_it_does() -> None:
        while True:
            # A host that is not there yet may swallow the first packet: ask again soon.
            with contextlib.suppress(TimeoutError):
                if await asyncio.wait_for(_answers(address, port), 1):
                    return
            await asyncio.sleep(_PAUSE)

    try:
        await asyncio.wait_for(until_it_does(), seconds)
    except TimeoutError:
        return False
    return True


async def wait_for_ssh(addresses: list[str], *, seconds: float, port: int = 22) -> list[str]:
    """Return the addresses that did not answer within `seconds`."""
    answers = await asyncio.gather(*(_wait(address, port, seconds) for address in addresses))
    return [address for address, answered in zip(addresses, answers, strict=True) if not answered]


if __name__ == "__main__":
    silent = asyncio.run(wait_for_ssh(sys.argv[2:], seconds=float(sys.argv[1])))
    sys.stdout.write("".join(f"{address}\n" for address in silent))
    sys.exit(1 if silent else 0)
