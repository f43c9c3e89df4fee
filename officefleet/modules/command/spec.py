"""Run a program with its arguments, without a shell.

Pipes, redirections and wildcards need ``shell``. The command does not run when ``creates`` exists or
``removes`` does not; both take wildcards and are looked up in ``chdir``.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class CommandArgs(Args):
    """Arguments of command."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"cmd": "systemctl is-system-running"},
                {"argv": ["touch", "/srv/a file"], "creates": "/srv/a file"},
                {"cmd": "cat", "stdin": "one\ntwo", "chdir": "/srv"},
            ]
        }
    }

    cmd: Text | None = Field(default=None, validation_alias=AliasChoices("cmd", "_raw_params"))
    argv: list[Text] | None = None
    chdir: Text | None = None
    creates: Text | None = None
    removes: Text | None = None
    stdin: Text | None = None
    stdin_add_newline: Bool = True
    strip_empty_ends: Bool = True
    expand_argument_vars: Bool = True

    @model_validator(mode="after")
    def _one_command(self) -> CommandArgs:
        if self.cmd is not None and self.argv is not None:
            raise ValueError("only command or argv can be given, not both")
        if not (self.cmd or "").strip() and not self.argv:
            raise ValueError("no command given")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=CommandArgs, free_form="cmd")
