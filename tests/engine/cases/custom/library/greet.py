#!/usr/bin/python
"""A module for the tests."""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.shared_words import greeting


def main():
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True, "aliases": ["who"]},
            "times": {"type": "int", "default": 1},
            "wrong": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    if module.params["wrong"]:
        module.fail_json(msg="asked to fail", detail=module.params["name"])
    module.exit_json(
        changed=not module.check_mode,
        said=[greeting(module.params["name"])] * module.params["times"],
        ansible_facts={"greeted": module.params["name"]},
    )


if __name__ == "__main__":
    main()
