"""After ransomware: which backup is the last clean one, what happened, and what must be told to whom."""
