"""What outlives a process: where it lies, how SQLite keeps it, who may work on it at a time."""
