"""The modules: one folder each, found by scanning; see CONTRIBUTING.md for how to add one."""
