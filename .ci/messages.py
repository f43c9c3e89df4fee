"""Brings the catalogue of messages up to date: `make messages`.

Finds every `_()` and `ngettext()` of the sources, of the report's template, of the help pages and
of the modules' summaries, writes
officefleet/locale/officefleet.pot, merges it into each language's .po and compiles the .mo. With --check it
writes nothing, says what is missing, and ends with 1 if anything is.
"""  # noqa: INP001  a script

from __future__ import annotations

import ast
import io
import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from rich.console import Console

from officefleet.cli.app import build_app, load_commands
from officefleet.cli.translated_help import TranslatedHelp
from officefleet.lab.demo import STEPS, load_demo
from officefleet.modules import registry

PACKAGE = Path(__file__).parent.parent / "officefleet"
LOCALES = PACKAGE / "locale"
METHODS = [("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "ngettext": (1, 2)}
REFUSALS = {"ValueError", "ContradictionError", "refuse_twice"}
PLACEHOLDER = re.compile(r"\{(\w*(?:[.\[][^{}]*)?(?:![rsa])?(?::[^{}]*)?)\}")


class Messages(Catalog):
    """A catalogue whose header names what readers of the file need, and no date, person or program."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Return the header's lines."""
        kept = ("Language", "Plural-Forms", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
        return [(name, value) for name, value in super().mime_headers if name in kept]


def extract() -> Catalog:
    """Return the messages of the sources and of the help pages, without their translations."""
    found: dict[str | tuple[str, str], set[str]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for message in messages_of(file):
            found.setdefault(message, set()).add(str(file.relative_to(PACKAGE.parent)))
    for file, _line, message, _comments, _context in extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS):
        found.setdefault(message, set()).add(f"officefleet/{file}")
    for text in help_texts():
        found.setdefault(text, set()).add("officefleet/cli")
    for text in demo_texts():
        found.setdefault(text, set()).add("officefleet/lab/data/demo.yml")
    for name in registry.names():  # `officefleet doc` lists them; their further pages are in English
        if module := registry.get(name):
            found.setdefault(module.doc.strip().partition("\n")[0], set()).add("officefleet/modules")
    catalog = Messages(charset="utf-8", header_comment="", fuzzy=False)
    for message, files in found.items():  # no line numbers: a line that moves changes nothing here
        catalog.add(message, locations=[(file, None) for file in sorted(files)])
        catalog[message].flags.discard("python-format")  # texts go through str.format, not through %
    return catalog


def demo_texts() -> list[str]:
    """Return what `make demo` says of itself and of each step."""
    demo = load_demo(STEPS)
    return [demo.title, *(step.name for step in demo.steps)]


def messages_of(file: Path) -> list[str | tuple[str, str]]:
    """Return the messages of a Python file, those inside f-strings included, which Babel passes over.

    Models may not translate: what they raise is translated where it is shown, by officefleet/inventory/invalid.py.
    """
    raised = any(file.is_relative_to(PACKAGE / one) for one in ("models", "drivers/catalog"))
    found: list[str | tuple[str, str]] = []
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        texts = [
            one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
        ]
        if call.func.id == "ngettext" and len(texts) > 1:
            found.append((texts[0], texts[1]))
        elif texts and (call.func.id == "_" or (raised and call.func.id in REFUSALS)):
            found.append(texts[0])
    return found


def help_texts() -> list[str]:
    """Return every text that a help page shows, found by drawing them all."""
    texts: dict[str, None] = {}

    def record(text: str) -> str:
        texts[text] = None
        return text

    app = build_app(TranslatedHelp(record))
    load_commands(app)
    paper = Console(file=io.StringIO(), width=100)

    def draw(path: tuple[str, ...]) -> None:
        app.help_print(path, console=paper)
        part = app
        for name in path:
            part = part[name]
        for name in part:
            if not name.startswith("-"):
                draw((*path, name))

    draw(())
    return list(texts)


def merge(file: Path, template: Catalog) -> Catalog:
    """Return the translations of a .po with exactly the messages of the sources."""
    with file.open("rb") as stream:
        known = read_po(stream)
    merged = Messages(locale=file.parent.parent.name, charset="utf-8", header_comment="", fuzzy=False)
    for message in template:
        if message.id:
            old = known.get(message.id)
            string = old.string if old and old.id == message.id else ""
            flags = message.flags | (old.flags & {"fuzzy"} if old else set())
            merged.add(message.id, string, message.locations, flags)
    return merged


def as_po(catalog: Catalog) -> bytes:
    """Return a catalogue as text, sorted, so that it changes only when a message does."""
    stream = io.BytesIO()
    write_po(stream, catalog, sort_output=True, width=100, include_lineno=False)
    return stream.getvalue()


def problems(catalog: Catalog) -> list[str]:
    """Return what is wrong with each translation: empty, unsure, other placeholders, typewriter's signs."""
    found = []
    for message in catalog:
        name = message.id if isinstance(message.id, str) else message.id[0]
        if not name:
            continue
        if not all(forms(message)):
            found.append(f"not translated: {name!r}")
        elif message.fuzzy:
            found.append(f"fuzzy: {name!r}")
        else:
            found += [
                f"{problem}: {name!r}" for problem in {wrong(name, one) for one in forms(message)} if problem
            ]
    return found


def wrong(text: str, translation: str) -> str:
    """Return what is wrong with one French form of a message, "" when nothing is."""
    problem = ""
    if placeholders(translation) != placeholders(text):
        problem = "other placeholders"
    elif edges(translation) != edges(text):
        problem = "other blanks at the ends"
    elif re.search(r" [:;?!»](?=\s|$|\))|« ", translation):
        problem = "a plain space where French has a no-break space"
    elif re.search(r"\w'[^\W\d_]", translation):
        problem = "a straight apostrophe"
    return problem


def edges(text: str) -> tuple[str, str]:
    """Return the blanks before and after a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def forms(message: Message) -> tuple[str, ...]:
    """Return the translation, in all its plural forms."""
    return tuple(message.string) if isinstance(message.string, (tuple, list)) else (message.string or "",)


def placeholders(text: str) -> list[str]:
    """Return the fields that `str.format` fills."""
    return sorted(PLACEHOLDER.findall(text))


def main(arguments: list[str]) -> int:
    """Update the files, or with --check compare them with what they should be."""
    os.environ["OFFICEFLEET_LANG"] = "en"
    check = arguments == ["--check"]
    template = extract()
    wanted = {LOCALES / "officefleet.pot": template}
    wanted |= {file: merge(file, template) for file in sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))}
    wrong = []
    for file, catalog in wanted.items():
        name = file.relative_to(PACKAGE.parent)
        text = as_po(catalog)
        if file.suffix == ".po":
            wrong += [f"{name}: {problem}" for problem in problems(catalog)]
            binary = io.BytesIO()
            write_mo(binary, catalog)
            wrong += write(file.with_suffix(".mo"), binary.getvalue(), check=check)
        wrong += write(file, text, check=check)
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    if wrong and check:
        sys.stdout.write("Run `make messages`, translate what is empty in the .po, run it again.\n")
    return 1 if wrong else 0


def write(file: Path, content: bytes, *, check: bool) -> list[str]:
    """Write a file, or say that it is out of date."""
    known = file.read_bytes() if file.exists() else b""
    if known == content or (check and without_places(known) == without_places(content)):
        return []
    if check:
        return [f"{file.relative_to(PACKAGE.parent)}: out of date"]
    file.write_bytes(content)
    return []


def without_places(text: bytes) -> bytes:
    """Return a catalogue without its remarks of who uses a message: code may move without `make messages`."""
    return re.sub(rb"(?m)^#: .*\n", b"", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
