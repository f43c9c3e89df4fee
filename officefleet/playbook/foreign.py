"""Which module names are somebody's although officefleet does not have them."""

from __future__ import annotations

# https://docs.ansible.com/ansible/2.18/collections/ansible/builtin/index.html: those that serve other systems
_OF_ANSIBLE = frozenset(
    {
        "apt_key", "dnf", "dnf5", "expect", "gather_facts", "git", "mount_facts", "pip", "rpm_key", "subversion",
        "sysvinit", "uri", "yum", "yum_repository",
    }
)  # fmt: skip
_PARTS = 3


def is_foreign(name: str) -> bool:
    """Return whether a name is one of Ansible's or of a collection, so no misspelling.

    A task with such a module may stand in a playbook for other systems; it fails when it is to run.
    """
    parts = name.split(".")
    if parts[:2] in (["ansible", "builtin"], ["ansible", "legacy"]):
        return parts[-1] in _OF_ANSIBLE
    return name in _OF_ANSIBLE or (len(parts) >= _PARTS and all(part.isidentifier() for part in parts))
