from __future__ import annotations

from typing import TYPE_CHECKING, Any

from win_shell import launch, refusal

if TYPE_CHECKING:
    from windows_host import WindowsMachine


def run(arguments: dict[str, Any], machine: WindowsMachine) -> dict[str, Any]:
    words = " ".join(f'"{word}"' if " " in word else word for word in arguments["argv"] or ())
    shown = arguments["cmd"] or words
    known = refusal(arguments, machine)
    return {"cmd": shown, **known} if known is not None else launch(shown, shown, arguments, machine)
