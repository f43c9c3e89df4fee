"""Calls the backup tool on machines and takes its answer, or says in one sentence why there is none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from officefleet.continuity.backup.sentences import hint, sentence
from officefleet.continuity.knock import silences
from officefleet.errors import ContinuityError, UnreachableError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from officefleet.continuity.plays import Player

PLAYBOOK = "backup-call.yml"
_LARGEST = 64 << 20  # characters of an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What one machine said.

    Attributes:
        silence: why it does not answer, "" when it does.
        problem: ``{"code", "facts"}`` when it could not do it.
        value: what it was asked for.

    """

    silence: str = ""
    problem: Mapping[str, Any] | None = None
    value: Mapping[str, Any] | None = None

    def failure(self, host: str) -> str:
        """Return what went wrong as a sentence, or ""."""
        if self.silence:
            return self.silence if host in self.silence else _("{host}: {reason}").format(
                host=host, reason=self.silence
            )  # fmt: skip
        return sentence(self.problem, host) if self.problem is not None else ""


def ask(player: Player, hosts: Sequence[str], words: Sequence[str]) -> dict[str, Answer]:
    """Call ``officine-backup WORDS`` on hosts, all at the same time; a silent one holds nothing up."""
    silent = silences(player.inventory, list(hosts), player.options)
    awake = [host for host in hosts if host not in silent]
    found = {host: Answer(silence=why) for host, why in silent.items()}
    if awake:
        variables: dict[str, Any] = {"backup_hosts": ",".join(awake), "backup_words": list(words)}
        played = player.play([PLAYBOOK], variables, limit=",".join(awake))
        for host in awake:
            result = played.results.get(host, {}).get("Call", {})
            found[host] = _answer(result, played.silent.get(host, ""))
    return {host: found[host] for host in hosts}


def must(player: Player, host: str, words: Sequence[str]) -> Mapping[str, Any]:
    """Call ``officine-backup WORDS`` on one host; return its answer.

    Raises:
        ContinuityError: it could not do it.
        UnreachableError: it does not answer.

    """
    answer = ask(player, [host], words)[host]
    if answer.value is not None:
        return answer.value
    if answer.silence:
        raise UnreachableError(answer.failure(host))
    raise ContinuityError(answer.failure(host), hint=hint(answer.problem or {}))


def _answer(result: Mapping[str, Any], silence: str) -> Answer:
    if silence:
        return Answer(silence=silence)
    text = str(result.get("stdout") or "")
    try:
        value = json.loads(text) if len(text) < _LARGEST else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        code = "not-set-up" if "officine-backup" in str(result.get("msg")) else "restic-failed"
        said = str(result.get("msg") or result.get("stderr") or _("it answers nonsense"))
        return Answer(problem={"code": code, "facts": {"said": said}})
    problem = value.get("problem")
    if isinstance(problem, dict):
        return Answer(problem=problem)
    if result.get("rc") != 0:
        return Answer(problem={"code": "restic-failed", "facts": {"said": text}})
    return Answer(value=value)
