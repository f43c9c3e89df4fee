"""What a person or a machine reads of a run: subscribers to events, and error reports."""
