"""The netboot service: dnsmasq beside the pharmacy's own DHCP server, and HTTP for what iPXE fetches.

    python3 netbootd.pyz FOLDER

The standard library and dnsmasq are all that a NAS needs. The folder holds ``netboot.json``, ``files/`` (boot loaders,
kernel, initramfs) and ``armed/`` (one file a poste, see `netboot.arm`); what the service writes itself is in ``run/``.

Only an armed poste is answered: for every other card dnsmasq is silent, TFTP finds no file and HTTP says 404, so that
it goes on to its own disk. A poste is known by its card's address. An arming ends by its time, or when its overlay
was fetched as often as it may be.
"""

from __future__ import annotations

import contextlib
import http.server
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from officefleet.images.boot.served import (
    FILES,
    Armed,
    dhcp_conf,
    dnsmasq_hosts,
    grub_armed,
    ipxe_armed,
    ipxe_start,
    read_armed,
    read_arming,
    read_settings,
    tftp_conf,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

_BY_HTTP = ("vmlinuz", "rescue.cpio.zst")
_POLL = 0.3  # seconds between two looks at the folder
_PIECE = 256 * 1024
_STALLED = 30.0  # seconds until a client that takes nothing is dropped


class Service:
    """The state of a running service."""

    def __init__(self, folder: Path, log: Callable[[str], None]) -> None:
        """Read the settings and write dnsmasq's configuration.

        Raises:
            ValueError: the settings are not sound.
            OSError: the folder cannot be read or written.

        """
        self.folder, self.log, self.run = folder, log, folder / "run"
        self.settings = read_settings(folder)
        self._lock = threading.Lock()
        self._dhcp: Dnsmasq | None = None
        self._tftp: Dnsmasq | None = None
        self._hosts: str | None = None
        shutil.rmtree(str(self.run), ignore_errors=True)
        (self.run / "tftp").mkdir(parents=True)
        self.run.chmod(0o700)  # overlays are in it
        (folder / "armed").mkdir(mode=0o700, exist_ok=True)
        replace(self.run / "dhcp.conf", dhcp_conf(folder, self.settings).encode("utf-8"))
        replace(self.run / "tftp.conf", tftp_conf(folder, self.settings).encode("utf-8"))
        self.refresh()

    def armed(self) -> dict[str, Armed]:
        """Return what is armed now."""
        return read_armed(self.folder, time.time())

    def refresh(self) -> None:
        """Offer to dnsmasq's clients what is armed, if that changed; drop files whose time is over."""
        with self._lock:
            now = time.time()
            for path in (self.folder / "armed").glob("*.json"):
                with contextlib.suppress(ValueError, OSError):
                    if read_arming(path).expires <= now:
                        path.unlink()
                        self.log(f"{path.stem}: its time is over")
            armed = read_armed(self.folder, now)
            for root in list((self.run / "tftp").iterdir()):
                if root.name not in armed:
                    shutil.rmtree(str(root), ignore_errors=True)
            for arming in armed.values():
                self._offer(arming)
            hosts = dnsmasq_hosts(armed.values())
            if hosts == self._hosts:
                return
            replace(self.run / "hosts", hosts.encode("ascii"))
            self._hosts = hosts
            if self._dhcp is not None:
                self._dhcp.end()
                self._dhcp = Dnsmasq(self.run / "dhcp.conf", self.log)
            self.log("armed: " + (", ".join(sorted(one.host for one in armed.values())) or "none"))

    def _offer(self, armed: Armed) -> None:
        """Give a card its own TFTP folder: links to the loaders, GRUB's file, its overlay."""
        root = self.run / "tftp" / armed.mac
        with contextlib.suppress(OSError):
            if (root / "overlay.cpio").read_bytes() == armed.overlay:
                return
        part = root.with_name(f"{root.name}.part")
        for old in (root, part):
            shutil.rmtree(str(old), ignore_errors=True)
        (part / "grub").mkdir(parents=True)
        for name in FILES:
            (part / name).symlink_to(self.folder / "files" / name)
        replace(part / "grub" / "grub.cfg", grub_armed(armed).encode("ascii"))
        replace(part / "overlay.cpio", armed.overlay)
        part.rename(root)

    def use(self, armed: Armed) -> None:
        """Count a download of an overlay, unless the poste was armed anew meanwhile."""
        path = self.folder / "armed" / armed.name
        with self._lock, contextlib.suppress(ValueError, OSError):
            now = read_arming(path)
            if now.overlay != armed.overlay:
                return
            left = now.boots - 1
            if left:
                replace(path, changed(now, boots=left).encode(), mode=0o600)
            else:
                path.unlink()
            self.log(f"{armed.host}: fetched by {armed.mac}, {left} more")

    def start_dnsmasq(self) -> None:
        """Start both dnsmasq, which end with this process.

        Raises:
            OSError: it is not installed.

        """
        self._tftp = Dnsmasq(self.run / "tftp.conf", self._follow)
        self._dhcp = Dnsmasq(self.run / "dhcp.conf", self.log)

    def _follow(self, line: str) -> None:
        """Pass the log of TFTP on, and learn from it which overlay was sent whole."""
        self.log(line)
        root = re.escape(str(self.run / "tftp"))
        found = re.search(rf"dnsmasq-tftp\[\d+\]: sent {root}/([0-9a-f-]{{17}})/overlay\.cpio to ", line)
        armed = self.armed().get(found.group(1)) if found else None
        if armed is not None:
            self.use(armed)

    def watch(self, stop: threading.Event) -> int:
        """Keep dnsmasq up to date until told to stop; return its status if it ends by itself."""
        while not stop.wait(_POLL):
            for one in (self._tftp, self._dhcp):
                if one is not None and one.ended:
                    return one.end() or 1
            self.refresh()
        return 0

    def close(self) -> None:
        """End dnsmasq."""
        for one in (self._dhcp, self._tftp):
            if one is not None:
                one.end()


class Dnsmasq:
    """A running dnsmasq, whose log goes line by line to a function."""

    def __init__(self, conf: Path, log: Callable[[str], None]) -> None:
        """Start it.

        Raises:
            OSError: it is not installed.

        """
        self._log = log
        path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        program = shutil.which("dnsmasq", path=path)
        if program is None:
            raise FileNotFoundError("dnsmasq")
        command = [program, "--keep-in-foreground", f"--conf-file={conf}", "--pid-file="]
        if os.geteuid() == 0:
            command.append("--user=root")  # it reads files in a folder that is not everybody's
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process.poll() is not None

    def end(self) -> int:
        """End it, pass its last words on, return its status."""
        if not self.ended:
            self._process.terminate()
        status = self._process.wait()
        self._reader.join()
        return status

    def _read(self) -> None:
        for raw in self._process.stderr or ():
            self._log(raw.decode("utf-8", "replace").rstrip())


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers iPXE: each file whole, or from where it asks."""

    protocol_version = "HTTP/1.1"
    timeout = _STALLED
    service: Service

    def do_GET(self) -> None:
        """Answer one request."""
        path = unquote(urlsplit(self.path).path)
        try:
            if path.lstrip("/") in _BY_HTTP:
                with (self.service.folder / "files" / path.lstrip("/")).open("rb") as file:
                    self._send(file, os.fstat(file.fileno()).st_size)
            elif path == "/boot.ipxe":
                self._send_bytes(ipxe_start(self.service.settings).encode("ascii"))
            elif not self._send_own(path):
                self.send_error(404)
        except FileNotFoundError:
            self.send_error(404)
        except OSError:  # the client is gone
            self.close_connection = True

    def _send_own(self, path: str) -> bool:
        """Send what only an armed poste gets; return whether this is one, and there is such a file."""
        found = re.fullmatch(r"/(ipxe|overlay)/([0-9a-f-]{17})\.(?:ipxe|cpio)", path.lower())
        armed = self.service.armed().get(found.group(2)) if found else None
        if found is None or armed is None or not self._is_neighbour(armed.mac):
            return False
        if found.group(1) == "ipxe":
            self._send_bytes(ipxe_armed(self.service.settings, armed).encode("ascii"))
        else:
            self.service.use(armed)  # before: a client that hangs up has had it all the same
            self._send_bytes(armed.overlay)
        return True

    def _is_neighbour(self, mac: str) -> bool:
        """Whether the client has the card that it speaks of, by the kernel's table of neighbours."""
        for line in Path("/proc/net/arp").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            if fields[0] == self.client_address[0]:
                return fields[3].lower().replace(":", "-") == mac
        return False

    def _send_bytes(self, content: bytes) -> None:
        self._send(io.BytesIO(content), len(content))

    def _send(self, file: IO[bytes], size: int) -> None:
        """Send a file, or the part that is asked for."""
        start, asked = 0, re.fullmatch(r"bytes=(\d{1,18})-", self.headers.get("Range", ""))
        if asked:
            start = int(asked.group(1))
            if start >= size:
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        else:
            self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        file.seek(start)
        shutil.copyfileobj(file, self.wfile, _PIECE)

    def log_message(self, form: str, *values: object) -> None:
        """Log a request with the others."""
        self.service.log(f"{self.client_address[0]} {form % values}")


def replace(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file beside its name, then under it, so that nobody reads a half."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        part.chmod(mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def say(text: str) -> None:
    """Write a line to standard error, where systemd reads it."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def serve(folder: Path, stop: threading.Event, *, log: Callable[[str], None] = say) -> int:
    """Serve until `stop` is set; return 0, or dnsmasq's status if it ends before.

    Args:
        folder: as above.
        stop: set to end the service.
        log: called with each line.

    Raises:
        ValueError: the settings are not sound.
        OSError: dnsmasq is not installed, or the address is not this machine's, or in use.

    """
    service = Service(folder, log)
    handler = type("BoundHandler", (Handler,), {"service": service})
    server = http.server.ThreadingHTTPServer((service.settings.address, service.settings.port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        service.start_dnsmasq()
        log(f"netboot ready on {service.settings.interface}, {service.settings.base}")
        return service.watch(stop)
    finally:
        service.close()
        server.shutdown()
        server.server_close()


def main(arguments: list[str] | None = None) -> int:
    """Serve the folder that is named until a signal comes."""
    stop = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: stop.set())
    return serve(Path((sys.argv[1:] if arguments is None else arguments)[0]).resolve(), stop)
