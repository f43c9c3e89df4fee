"""The titulaire's card says what is true, on one page, and twice the same."""

from __future__ import annotations

import html
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from officefleet.cli.app import build_app
from officefleet.inventory import load_inventory

ROOT = Path(__file__).parents[3]
CARD = ROOT / "docs" / "rebuild" / "carte.html"
PAGE = ROOT / "docs" / "rebuild.md"
POSTE = "o0421-comptoir-1"


def commands_of(text: str) -> list[str]:
    return list(re.findall(r"`(officefleet [^`]+)`", text))


def shown_on_the_card() -> list[str]:
    return re.findall(r"<code>(officefleet [^<]+)</code>", CARD.read_text(encoding="utf-8"))


def card_in_the_page() -> str:
    return PAGE.read_text(encoding="utf-8").partition("\n---\n")[0]


def block_in_the_page() -> list[str]:
    block = re.search(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block
    return [re.split(r"\s{3,}", line)[0] for line in block[1].splitlines() if line.startswith("officefleet")]


@pytest.mark.parametrize(
    "line", [*shown_on_the_card(), *commands_of(card_in_the_page()), *block_in_the_page()]
)
def test_every_command_is_one(line) -> None:
    words = shlex.split(line)
    build_app().parse_args(words[1:], exit_on_error=False, print_error=False)


def test_the_card_and_the_page_show_the_same_commands() -> None:
    assert shown_on_the_card() == commands_of(card_in_the_page())


def test_the_card_and_the_page_say_the_same_steps() -> None:
    card = CARD.read_text(encoding="utf-8").replace("&nbsp;", " ")
    steps = re.findall(r'<li class="step"><img src="([^"]+)" alt=""><p>(.*?)</p></li>', card, re.DOTALL)
    said = [" ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split()) for _picture, text in steps]
    rows = re.findall(r"\| !\[\]\(rebuild/([^)]+)\) \| \*\*\d\.\*\* (.*?) \|", card_in_the_page())
    assert [picture for picture, _text in steps] == [picture for picture, _text in rows]
    assert said == [text.replace("`", "") for _picture, text in rows]
    assert len(said) == 6


def test_every_picture_is_there_and_needs_nothing_else() -> None:
    pictures = sorted((ROOT / "docs" / "rebuild").glob("*.svg"))
    assert len(pictures) == 6
    for picture in pictures:
        text = picture.read_text(encoding="utf-8")
        assert "<title>" in text
        assert "href" not in text
        assert picture.name in PAGE.read_text(encoding="utf-8")


def test_the_poste_of_the_card_is_one_of_the_inventory() -> None:
    inventory = load_inventory([ROOT / "inventory"])
    machine = inventory.machine(POSTE)
    assert machine is not None
    assert machine.image == "poste-debian"


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium")
def test_the_card_prints_on_one_page(tmp_path) -> None:
    paper = tmp_path / "carte.pdf"
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         f"--user-data-dir={tmp_path / 'profile'}", "--no-pdf-header-footer", f"--print-to-pdf={paper}", CARD.as_uri()],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page\b", paper.read_bytes())) == 1


@pytest.mark.parametrize(("said", "quoted"), [
    ("{poste} is rebuilt and proven", "reconstruit et vérifié"),
    ("{poste} is being rebuilt by {user} on {controller} since {when}", "est en reconstruction par"),
    ("{disk} is failing: {reason}", "est défaillant"),
])  # fmt: skip
def test_what_the_card_quotes_is_what_the_screen_says(said, quoted) -> None:
    assert quoted in " ".join(html.unescape(CARD.read_text(encoding="utf-8")).split())
    with (ROOT / "officefleet/locale/fr/LC_MESSAGES/officefleet.po").open("rb") as file:
        message = read_po(file).get(said)
    if message is None or not message.string:
        pytest.skip("not translated yet: tests/test_messages.py says so")
    assert quoted in message.string
