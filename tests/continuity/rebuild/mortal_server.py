"""The shipped image server, which kills itself after so many requests: ROOT PORT REQUESTS (0: it lives)."""

import os
import signal
import sys
from pathlib import Path

from officefleet.images.server import Load, StoreServer

ROOT, PORT, REQUESTS = sys.argv[1:]


class Mortal(Load):
    def add(self, **counts):
        super().add(**counts)
        if int(REQUESTS) and self.requests >= int(REQUESTS):
            os.kill(os.getpid(), signal.SIGKILL)


server = StoreServer(Path(ROOT), port=int(PORT))
server.load = Mortal()
server.serve_forever(0.05)
