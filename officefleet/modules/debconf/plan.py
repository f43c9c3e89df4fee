from __future__ import annotations

from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_BOOLEANS = ("true", "false")


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is {"answers": {question: answer} of the package, "password": the answer when it is secret}."""
    question, wanted = args["question"], answer(args)
    if question is None:
        return []
    now = state["password"] if args["vtype"] == "password" else state["answers"].get(question)
    if same(now, wanted, args["vtype"]):
        return []
    words = ["--unseen"] if args["unseen"] else []
    shown = ("(hidden)", "(another, hidden)") if args["vtype"] == "password" else (now, wanted)
    line = " ".join([args["name"], question, args["vtype"], wanted])
    return [
        step(
            "debconf-set-selections",
            *words,
            path=question,
            stdin=line + "\n",
            before={question: shown[0]},
            after={question: shown[1]},
        )
    ]


def answer(args: dict[str, Any]) -> str:
    value: str = args["value"] or ""
    return value.lower() if args["vtype"] == "boolean" and value.lower() in _BOOLEANS else value


def same(now: str | None, wanted: str, kind: str) -> bool:
    if now is None:
        return False
    if kind == "multiselect":
        return sorted(part.strip() for part in now.split(",")) == sorted(
            part.strip() for part in wanted.split(",")
        )
    return now == wanted


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"msg": "", "current": state["answers"]}
    if changes and args["vtype"] != "password":
        question = args["question"]
        found["previous"] = {question: state["answers"].get(question, "")}
        found["current"] = {question: answer(args)}
    return found
