#!/usr/bin/python
import json

given = json.loads("""<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>""")
print("some noise")
print(json.dumps({"changed": False, "word": given["word"]}))
