"""Checks a whole repository without touching a host: inventory, catalogue, roles, playbooks."""

from officefleet.cli.validation.check import Report, check
from officefleet.cli.validation.targets import Targets, find_targets

__all__ = ["Report", "Targets", "check", "find_targets"]
