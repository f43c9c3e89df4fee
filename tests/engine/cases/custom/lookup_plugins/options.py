"""A lookup with documented options, for the tests."""

from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: options
short_description: shows options
description: [shows options]
options:
  size:
    description: [a number]
    type: int
    default: 3
"""


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        self.set_options(var_options=variables, direct=kwargs)
        return [self.get_option("size") + len(terms)]
