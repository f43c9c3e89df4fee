"""A pharmacy in a box: real hosts on one machine, for the demo, the tests and the benchmarks.

- `SshFarm`: many sshd processes on the loopback, each in a sandbox of its own; starts in milliseconds.
- `LatencyProxy`: a TCP proxy that adds the delay of a wide-area link.
- `Lab`: whole Debian hosts with their own systemd, bridges and WAN links.
"""
