"""Reads PowerShell with tree-sitter: what the checks of the Windows halves look at."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import tree_sitter_pwsh
from tree_sitter import Language, Node, Parser

import officefleet
from officefleet.modules import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(str(officefleet.__file__)).parent
MODULES = sorted(file.parent.name for file in (PACKAGE / "modules").glob("*/windows.ps1"))
KIT = PACKAGE / "agents" / "windows_kit.ps1"
_LANGUAGE = Language(tree_sitter_pwsh.language())


def file_of(module: str) -> Path:
    return Path(registry.__file__).parent / module / "windows.ps1"


@cache
def parse(file: Path) -> Node:
    return Parser(_LANGUAGE).parse(file.read_bytes()).root_node


def text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def broken(file: Path) -> list[str]:
    """Return where a file does not parse."""
    return [
        f"line {node.start_point[0] + 1}: {text(node)[:60]!r}"
        for node in walk(parse(file))
        if node.type == "ERROR" or node.is_missing
    ]


def functions(file: Path) -> dict[str, Node]:
    found = {}
    for node in walk(parse(file)):
        if node.type == "function_statement":
            name = next(child for child in node.children if child.type == "function_name")
            found[text(name)] = node
    return found


def commands(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield (name, node) of every command that is called by a bare name."""
    for one in walk(node):
        if one.type == "command":
            for child in one.children:
                if child.type == "command_name":
                    yield text(child), one


def parameters(command: Node) -> list[str]:
    """Return the parameters of one command, not those of commands inside its arguments."""
    elements = [child for child in command.children if child.type == "command_elements"]
    return [
        text(one).lower() for part in elements for one in part.children if one.type == "command_parameter"
    ]


def keys(node: Node) -> set[str]:
    """Return the keys that a hash literal or an assignment such as $known['x'] = names."""
    found = set()
    for one in walk(node):
        if one.type == "key_expression":
            found.add(text(one).strip("'\""))
        elif one.type == "left_assignment_expression" and text(one).endswith("']"):
            found.add(text(one).rpartition("['")[2].removesuffix("']"))
    return found


def members(node: Node, variable: str) -> set[str]:
    """Return what is read of a variable by a dot or an index with a literal."""
    found = set()
    for one in walk(node):
        if one.type == "member_access" and text(one.children[0]) == variable:
            found.add(text(one.children[-1]))
        elif one.type == "element_access" and text(one.children[0]) == variable:
            inner = "".join(text(child) for child in one.children[1:]).strip("[]")
            if inner.startswith("'"):
                found.add(inner.strip("'"))
    return found


def clauses(node: Node, condition: str) -> set[str]:
    """Return the cases of every switch over `condition`."""
    found = set()
    for one in walk(node):
        if one.type == "switch_statement" and condition in text(one.children[1]):
            body = next(child for child in one.children if child.type == "switch_body")
            for part in body.children:
                for clause in part.children if part.type == "switch_clauses" else ():
                    found.add(text(clause.children[0]).strip("'\""))
    return found
