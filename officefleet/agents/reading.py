"""Small readers of /proc, /sys and configuration files. Standard library only."""

from __future__ import annotations


def read_text(path: str, default: str = "") -> str:
    """Return a small file's text without surrounding white space, or `default` when it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8", "surrogateescape").strip().strip("\0")
    except OSError:
        return default


def read_lines(path: str) -> list[str]:
    """Return a file's lines, [] when it cannot be read."""
    return read_text(path).splitlines()


def assignments(text: str) -> dict[str, str]:
    """Return the variables of a file such as /etc/os-release: ``NAME=value``, quoted or not."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name.strip()] = value
    return found
