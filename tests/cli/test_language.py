"""Help and errors speak the user's language, and nothing but them reaches the screen."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from officefleet.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Cli

COMMANDS = [
    "",
    "run",
    "spare",
    "spare swap",
    "drivers",
    "drivers package check",
    "image",
    "inventory",
    "lab",
    "doc",
]


@pytest.fixture
def french(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("OFFICEFLEET_LANG", "fr")
    return cli


def plain(text: str) -> str:
    """Return text with typewriter's spaces and apostrophes."""
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def words(text: str) -> str:
    """Return a page as one line, without its boxes."""
    return " ".join(re.sub(r"[─-╿]", " ", plain(text)).split())


def test_a_help_page_in_french(french: Cli) -> None:
    page = words(french("spare", "swap", "--help").out)

    assert page.startswith("Utilisation : officefleet spare swap [OPTIONS] POSTE")
    assert "Le poste en panne. [obligatoire]" in page
    assert "--undo Tout annuler, que le poste réponde ou non." in page
    assert "Paramètres" in page


def test_the_first_page_says_what_each_command_is_for(cli: Cli) -> None:
    for arguments in ([], ["--help"]):
        page = words(cli(*arguments).out)
        assert "ledger Show what was done, when, by whom, with which result." in page
        assert "run Play playbooks on the hosts that they name" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_no_page_mixes_the_languages(french: Cli, command: str) -> None:
    page = words(french(*command.split(), "--help").out)

    assert re.findall(r"\b(?:the|and|of|which|Parameters|Commands|Usage|default|required)\b", page) == []


@pytest.mark.parametrize(
    ("arguments", "english", "other"),
    [
        ("ru", "Unknown command: ru. Did you mean run?", "Commande inconnue : ru. Vouliez-vous dire run ?"),
        ("spare xyz", "Unknown command: xyz. There are: ", "Commande inconnue : xyz. Il y a : "),
        (
            "run --foks 3",
            "Unknown option: --foks. Did you mean --forks?",
            "Option inconnue : --foks. Vouliez",
        ),
        ("run --forks x", "--forks must be a number, not 'x'.", "--forks doit être un nombre, pas 'x'."),
        ("run --forks", "--forks needs a value.", "--forks a besoin d'une valeur."),
        ("spare swap", "POSTE needs a value.", "POSTE a besoin d'une valeur."),
        ("spare swap a b", "More arguments than the command takes: b.", "Plus d'arguments que la commande"),
    ],
)
def test_a_wrong_command_line(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, arguments: str, english: str, other: str
) -> None:
    found = cli(*arguments.split())
    assert found.code == ExitCode.USAGE
    assert found.err.startswith(english)

    monkeypatch.setenv("OFFICEFLEET_LANG", "fr")
    assert plain(cli(*arguments.split()).err).startswith(other)


def test_an_error_in_french(french: Cli) -> None:
    found = plain(french("run", "missing.yml").err)

    assert found == "erreur : il n'y a pas de playbook missing.yml\n"


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that takes connections and ends them: no SSH server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def end_each() -> None:
            while True:
                try:
                    server.accept()[0].close()
                except OSError:
                    return

        thread = threading.Thread(target=end_each)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_library_prints_no_traceback_besides_the_error(cli: Cli, mute_port: int) -> None:
    site = cli.write("site.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - ping:\n")
    cli.write("hosts.ini", f"h1 ansible_host=127.0.0.1 ansible_port={mute_port}\n")
    program = "from officefleet.cli.app import main; main()"
    command = [sys.executable, "-c", program, "run", str(site), "-i", "hosts.ini", "--no-ledger"]
    found = subprocess.run(command, cwd=cli.folder, capture_output=True, text=True, check=False, timeout=60)

    assert found.returncode == ExitCode.UNREACHABLE
    assert "h1" in found.stdout
    assert "Traceback" not in found.stdout + found.stderr
