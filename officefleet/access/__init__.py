"""Who may do what: the groupement's staff, the titulaire and the collaborators of a pharmacy.

The machines keep the rule: the role ``base`` lets in the keys that `officefleet.inventory.people` names and no others, so a titulaire's
key opens nothing outside the pharmacy. What is here tells a person before anything is touched, and gives the
ledger and the binder a name to write down. An inventory that lists nobody restricts nobody.
"""
