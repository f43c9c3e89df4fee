"""Renders cases with ansible-core's own Templar: JSON in on stdin, JSON out on stdout.

Run as a program: ansible-core keeps global state, which must not leak into the tests' process.
"""

import json
import sys
from typing import Any


def main() -> None:
    from ansible.parsing.dataloader import DataLoader  # noqa: PLC0415  a development dependency only
    from ansible.plugins.loader import init_plugin_loader  # noqa: PLC0415
    from ansible.template import Templar  # noqa: PLC0415

    init_plugin_loader()
    asked = json.load(sys.stdin)
    answers = []
    for case in asked:
        loader = DataLoader()
        loader.set_basedir(case["variables"]["playbook_dir"])
        templar = Templar(loader, case["variables"])
        try:
            value = templar.template("{{ [" + case["expression"] + "] }}")[0]
            answers.append({"result": plain(value)})
        except Exception as error:  # noqa: BLE001  whatever ansible raises is its answer
            answers.append({"error": f"{type(error).__name__}: {error}"})
    json.dump(answers, sys.stdout)


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)) or type(value).__name__ in ("dict_keys", "dict_items", "dict_values"):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


if __name__ == "__main__":
    main()
