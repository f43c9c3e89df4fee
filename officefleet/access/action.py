"""What somebody may be about to do in a pharmacy."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What somebody is about to do."""

    LOOK = "look"  # status, audit, verification, first aid
    SWAP = "swap"  # let a spare stand in, go back, provision, drill
    REBUILD = "rebuild"
    CURE = "cure"
    BACKUP = "backup"  # run and drill
    RESTORE = "restore"
    PLAY = "play"  # any playbook
    ROLLOUT = "rollout"
