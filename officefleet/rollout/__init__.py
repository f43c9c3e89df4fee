"""Rollouts: a playbook over many pharmacies, in waves, while they are closed; and the driver gate of every run.

`gate` judges machines before a run touches them, `hours` says when a pharmacy may be disturbed, `waves` divides
the pharmacies, `store` keeps what has been done, `pharmacy` plays one pharmacy, `rollout` drives them all.
"""
