"""A dead poste back in minutes: restore a signed image in the rescue environment, make it itself again, prove it."""
