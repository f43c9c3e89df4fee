"""Ways to start a process on a host and talk to it: ssh, local (winrm to come)."""
