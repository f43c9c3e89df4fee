"""Drivers and peripherals: know before touching the machine whether it will work."""
