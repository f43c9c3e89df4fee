#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"word": {"required": True}})
module.exit_json(changed=True, word=module.params["word"])
