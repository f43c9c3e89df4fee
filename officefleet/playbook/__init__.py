"""The language: playbooks, roles and task files become typed, checked, immutable trees."""
