"""50 tasks over WinRM on the rig, beside pywinrm's own ways; see winrm_bench.py for what is measured and how.

Usage: python bench/winrm.py [--tasks 50] [--latency 0 20 60] [--repeat 5] [--json]
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    # this file must not be found in place of pywinrm's package of the same name
    sys.path = [one for one in sys.path if Path(one or ".").resolve() != HERE]
    runpy.run_path(str(HERE / "winrm_bench.py"))["main"]()
