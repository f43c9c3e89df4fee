"""Proves machines with testinfra: the tests of their roles against what the inventory expects."""
