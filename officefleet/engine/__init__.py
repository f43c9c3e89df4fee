"""Runs plays: schedules hosts and tasks, talks to agents, emits events; prints nothing."""
