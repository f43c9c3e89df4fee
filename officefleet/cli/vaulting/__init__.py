"""What ``officefleet vault`` and the vault options of other commands are made of."""
