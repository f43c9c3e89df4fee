"""Every message has a French translation that says the same, and the compiled catalogue is that of the sources."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from officefleet.cli.app import build_app, load_commands

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / ".ci" / "messages.py"


@pytest.fixture(scope="module")
def messages():
    spec = importlib.util.spec_from_file_location("ci_messages", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_catalogues_are_complete_and_up_to_date():
    found = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("text", "translation", "problem"),
    [
        ("{host}: {reason}", "{host}\N{NO-BREAK SPACE}: {reason}", ""),
        ("{host!r} is {seconds:.1f}", "{host!r} vaut {seconds:.1f}", ""),
        ("{host!r} is {seconds:.1f}", "{seconds:.1f} pour {host!r}", ""),
        ("{host!r} is it", "c'est {host!r}", "a straight apostrophe"),
        ("{host!r} is {seconds:.1f}", "{host} vaut {seconds:.1f}", "other placeholders"),
        ("{host!r} is {seconds:.1f}", "{host!r} vaut {seconds:.2f}", "other placeholders"),
        ("{host}: {reason}", "{host}", "other placeholders"),
        ("{host} and {host}", "{host}", "other placeholders"),
        ("is it?", "est-ce ?", "a plain space where French has a no-break space"),
        ("(is it?)", "(est-ce ?)", "a plain space where French has a no-break space"),
        ("Password: ", "Mot de passe\N{NO-BREAK SPACE}:", "other blanks at the ends"),
        ("known tags: !vault", "connus\N{NO-BREAK SPACE}: !vault", ""),
        ("quote it: name='a'", "entre guillemets\N{NO-BREAK SPACE}: name='a'", ""),
    ],
)
def test_what_is_wrong_with_a_translation(messages, text, translation, problem):
    assert messages.wrong(text, translation) == problem


def test_untranslated_and_unsure_messages_are_named(messages):
    catalog = Catalog()
    catalog.add("one")
    catalog.add(("{count} host", "{count} hosts"), ("{count} hôte", ""))
    catalog.add("two", "deux", flags=["fuzzy"])
    catalog.add("three", "trois")

    assert messages.problems(catalog) == [
        "not translated: 'one'",
        "not translated: '{count} host'",
        "fuzzy: 'two'",
    ]


def test_messages_are_found_wherever_they_stand(messages, tmp_path):
    source = tmp_path / "source.py"
    source.write_text(
        'a = _("plain")\n'
        'b = f"{_(\'inside\')}: {ngettext(\'{count} host\', \'{count} hosts\', 2)}"\n'
        'c = _(\n    "two "\n    "pieces"\n)\n'
        'd = _(variable)\n'
        'raise ValueError("not ours")\n'
    )  # fmt: skip

    assert sorted(messages.messages_of(source), key=str) == [
        ("{count} host", "{count} hosts"),
        "inside",
        "plain",
        "two pieces",
    ]


def test_help_pages_are_found(messages):
    texts = messages.help_texts()

    assert "The poste that failed." in texts
    assert "Model, provision and rebuild the workstations of French pharmacies." in texts


def test_a_catalogue_has_no_date_and_keeps_what_is_translated(messages, tmp_path):
    template = messages.Messages(charset="utf-8", header_comment="", fuzzy=False)
    template.add("old", locations=[("a.py", None)])
    template.add("new", locations=[("a.py", None)])
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    file = folder / "officefleet.po"
    file.write_text('msgid "old"\nmsgstr "ancien"\n\nmsgid "gone"\nmsgstr "parti"\n', encoding="utf-8")

    written = messages.as_po(messages.merge(file, template)).decode()

    assert 'msgid "old"\nmsgstr "ancien"\n' in written
    assert 'msgid "new"\nmsgstr ""\n' in written
    assert "gone" not in written
    assert "Date" not in written
    file.write_bytes(written.encode())
    assert messages.as_po(messages.merge(file, template)).decode() == written


def test_commands_that_messages_name_exist(messages):
    app = build_app()
    load_commands(app)
    unknown = []
    for message in messages.extract():
        for text in [message.id] if isinstance(message.id, str) else message.id:
            for words in re.findall(r"officefleet ((?:[a-z][a-z-]*\b ?)+)", text):
                unknown += [text] if misnamed(app, words.split()) else []

    assert unknown == []


def misnamed(app, words):
    """Tell whether words, as far as they look like commands, lead to no command."""
    if words[0] in {"itself", "does"}:  # prose that names the program
        return False
    part = app
    for word in words:
        names = [name for name in part if not name.startswith("-")]
        if word not in names:
            return bool(names) and part.default_command is None
        part = part[word]
    return False
