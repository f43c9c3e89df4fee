"""The command line: one file of `commands/` is one command."""
