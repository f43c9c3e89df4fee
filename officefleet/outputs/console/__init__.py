"""The console: what a person at the keyboard reads while a run goes on, and its recap."""

from officefleet.outputs.console.subscriber import Console

__all__ = ["Console"]
