"""Recording host keys: fetching them, and the known_hosts file they go to."""
