"""Help pages in the user's language.

Docstrings are read when a command is defined, a language is known when its help is shown: so the texts of the
docstrings and of ``help=`` are the messages, and are translated while a page is drawn. ``.ci/messages`` finds
them by drawing every page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from cyclopts.help import ColumnSpec, HelpEntry, HelpPanel
    from cyclopts.help.inline_text import InlineText
    from rich.console import Console, ConsoleOptions, RenderableType

_NO_NEWS = ("False", '""')
"""Defaults that a reader expects: a switch is off, a text is empty."""


class TranslatedHelp:
    """A help formatter of cyclopts that draws its default pages from translated texts.

    Args:
        translate: Gives the text to show for one English paragraph, whose blanks are single spaces.

    """

    def __init__(self, translate: Callable[[str], str] = _) -> None:
        self._translate = translate

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Draw one box: commands, arguments or options."""
        from cyclopts.help import DefaultFormatter  # noqa: PLC0415  only help needs it

        title = self._translate(panel.title) if isinstance(panel.title, str) else panel.title
        columns = _Columns(self, panel.format)
        DefaultFormatter(column_specs=columns)(console, options, panel.copy(title=title))

    def render_usage(self, console: Console, _options: ConsoleOptions, usage: Any) -> None:
        """Draw the line that shows how the command is written."""
        from cyclopts.help.specs import DefaultStyled  # noqa: PLC0415  only help needs it
        from rich.text import Text  # noqa: PLC0415  only help needs it

        if usage:
            line = Text(self._translate("Usage:") + " ", style="cyclopts.usage")
            words = str(usage).replace("COMMAND", self._translate("COMMAND"))
            line.append(words.replace("[OPTIONS]", self._translate("[OPTIONS]")))
            console.print(DefaultStyled(line))

    def render_description(self, console: Console, _options: ConsoleOptions, description: Any) -> None:
        """Draw what the command is for."""
        if description:
            self.translate_inline(description)
            console.print(description)

    def translate_inline(self, text: InlineText) -> None:
        """Translate a description in place: its paragraphs, and the remarks in brackets after it."""
        from rich.markdown import Markdown  # noqa: PLC0415  only help needs it
        from rich.text import Text  # noqa: PLC0415  only help needs it

        if isinstance(text.primary_renderable, Markdown):
            paragraphs = text.primary_renderable.markup.split("\n\n")
            shown = [self._translate(" ".join(one.split())) for one in paragraphs if one.strip()]
            text.primary_renderable = Markdown("\n\n".join(shown))
        text.texts = [Text(self._remark(one.plain), one.style) for one in text.texts]

    def _remark(self, remark: str) -> str:
        """Return a remark such as ``[default: 5]`` with its word translated."""
        word, colon, value = remark.strip("[]").partition(": ")
        if not colon:
            return f"[{self._translate(word)}]"
        return self._translate("[{word}: {value}]").format(word=self._translate(word), value=value)


class _Columns:
    """Build the columns of a box as cyclopts does, with translated descriptions."""

    def __init__(self, page: TranslatedHelp, kind: str) -> None:
        self._page = page
        self._kind = kind

    def __call__(
        self, console: Console, options: ConsoleOptions, entries: list[HelpEntry]
    ) -> tuple[ColumnSpec, ...]:
        from attrs import evolve  # noqa: PLC0415  only help needs it
        from cyclopts.help import specs  # noqa: PLC0415  only help needs it

        commands = self._kind == "command"
        build = specs.get_default_command_columns if commands else specs.get_default_parameter_columns
        return tuple(
            evolve(one, renderer=self._describe) if one.header == "Description" else one
            for one in build(console, options, entries)
        )

    def _describe(self, entry: HelpEntry) -> RenderableType:
        from attrs import evolve  # noqa: PLC0415  only help needs it
        from cyclopts.help.inline_text import InlineText  # noqa: PLC0415  only help needs it
        from cyclopts.help.specs import DescriptionRenderer  # noqa: PLC0415  only help needs it

        if entry.default in _NO_NEWS:
            entry = evolve(entry, default=None)
        drawn = DescriptionRenderer()(entry)
        if isinstance(drawn, InlineText):
            self._page.translate_inline(drawn)
        return drawn
