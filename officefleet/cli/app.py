"""Entry point: finds the commands, runs one, turns errors into one message and an exit code."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App, CycloptsError

from officefleet.cli.translated_help import TranslatedHelp
from officefleet.errors import ExitCode, OfficefleetError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMANDS = Path(__file__).parent / "commands"


def build_app(help_formatter: TranslatedHelp | None = None) -> App:
    """Return the application; a command's file is imported only when it is called."""
    app = App(
        name="officefleet",
        help="Model, provision and rebuild the workstations of French pharmacies.",
        help_formatter=help_formatter or TranslatedHelp(),
        version_flags=["--version"],
        result_action="return_value",
        suppress_keyboard_interrupt=False,  # it would end without a word
    )
    for file in sorted(_COMMANDS.glob("*.py")):
        if not file.stem.startswith("_"):
            name = file.stem.removesuffix("_").replace("_", "-")
            app.command(f"officefleet.cli.commands.{file.stem}:command", name=name)
    return app


def load_commands(app: App) -> None:
    """Import every command, so that the page that lists them can say what each is for."""
    for name in app:
        app[name]  # looking it up imports it


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code (see `ExitCode`)."""
    # What went wrong on a connection comes as an error of ours; paramiko would print a traceback besides.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing escapes but a bug report."""
    try:
        app = build_app()
        if not arguments or arguments[0] in app.help_flags:
            load_commands(app)
        outcome = app(list(arguments), exit_on_error=False, print_error=False)
    except CycloptsError as error:
        from officefleet.cli.usage_errors import usage_message  # noqa: PLC0415  rarely needed

        _say(usage_message(error))
        return ExitCode.USAGE
    except OfficefleetError as error:
        from officefleet.outputs.problems import render_problem  # noqa: PLC0415  rich is slow to import

        sys.stderr.write(render_problem(error))
        return error.exit_code
    except KeyboardInterrupt:
        _say(_("Interrupted."))
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.OK
    except Exception:  # noqa: BLE001  the last resort: whatever comes here was not expected
        import traceback  # noqa: PLC0415  rarely needed

        traceback.print_exc()
        _say(_("This is an error in officefleet itself; please report it with the lines above."))
        return ExitCode.BUG
    return outcome if isinstance(outcome, int) else ExitCode.OK


def _say(text: str) -> None:
    sys.stderr.write(text.rstrip() + "\n")
