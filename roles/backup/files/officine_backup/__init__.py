"""Backups of one machine with restic; runs on the machine itself, standard library only (Python 3.11)."""
