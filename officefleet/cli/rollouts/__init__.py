"""What ``officefleet rollout`` is made of."""
