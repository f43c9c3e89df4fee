"""One file is one command: `NAME.py` defines `app` (a cyclopts App) or a function `command`."""
