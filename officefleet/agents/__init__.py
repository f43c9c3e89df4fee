"""The persistent agents that host the modules' read and apply, and the controller's side of their protocol."""
