#!/usr/bin/python
"""WANT_JSON"""

import json
import sys
from pathlib import Path

given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
got = {name: value for name, value in given.items() if not name.startswith("_ansible")}
sys.stdout.write(json.dumps({"changed": True, "got": got}) + "\n")
