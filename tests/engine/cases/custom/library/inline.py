#!/usr/bin/python
import json
import sys

given = json.loads("""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>""")
sys.stdout.write("some noise\n")
sys.stdout.write(json.dumps({"changed": False, "word": given["word"]}) + "\n")
