"""Backups of pharmacies: calls to their machines, what is known of them, and the verdict on it."""
