#!/usr/bin/python
# WANT_JSON
raise SystemExit(3)
