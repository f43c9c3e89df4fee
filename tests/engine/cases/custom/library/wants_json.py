#!/usr/bin/python
"""WANT_JSON"""

import json
import sys

with open(sys.argv[1]) as stream:
    given = json.load(stream)
print(json.dumps({"changed": True, "got": {k: v for k, v in given.items() if not k.startswith("_ansible")}}))
