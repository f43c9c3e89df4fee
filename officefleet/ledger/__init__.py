"""The ledger: all that was ever done, in one SQLite file; a run that was interrupted goes on from it."""

from officefleet.ledger.database import default_path, open_ledger
from officefleet.ledger.recorder import Recorder, RunFacts

__all__ = ["Recorder", "RunFacts", "default_path", "open_ledger"]
