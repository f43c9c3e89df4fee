"""Modules that stand beside a playbook or in a role (``library/``), as Ansible runs them."""
