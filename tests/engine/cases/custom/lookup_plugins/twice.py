"""A lookup for the tests."""

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        if "bad" in terms:
            raise AnsibleError("a bad term")
        return [f"{term}{term}{kwargs.get('end', '')} {variables['inventory_hostname']}" for term in terms]
