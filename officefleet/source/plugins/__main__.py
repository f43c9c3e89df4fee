"""``python -m officefleet.source.plugins`` writes the page `docs/filters.md` to standard output."""

from __future__ import annotations

import sys

from officefleet.source.plugins.page import page

sys.stdout.write(page())
