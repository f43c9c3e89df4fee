from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms, variables, **kwargs):
        end = kwargs.get("end", "") if variables else ""
        return [f"word {term}{end}" for term in terms]
