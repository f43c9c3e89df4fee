#!/usr/bin/env python3
import json
import sys

HOSTS = {
    "scripted": {"hosts": ["s1", "s2"], "vars": {"v": "group"}},
    "_meta": {"hostvars": {"s1": {"hv": "host", "ansible_connection": "local"}, "s2": {}}},
}
sys.stdout.write(json.dumps(HOSTS if "--list" in sys.argv else {}) + "\n")
