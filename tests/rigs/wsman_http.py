"""The HTTP side of the rig: real sockets, TLS with an own CA, Basic, NTLM with encryption, channel binding, faults."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import os
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import spnego
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from spnego.channel_bindings import GssChannelBindings
from wsman import SHELL, Fault, answer, fault_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wsman import Service

_BOUNDARY = b"--Encrypted Boundary"
_ENCRYPTED = "application/HTTP-SPNEGO-session-encrypted"


@dataclass
class Request:
    """A line of the journal."""

    action: str
    connection: int
    size: int
    status: int = 0
    encrypted: bool = False
    fault: str = ""


@dataclass
class HttpRig:
    """A WinRM listener on the loopback.

    Attributes:
        service: what stands behind it.
        users: name -> password.
        tls: serve HTTPS; `ca` is then the file of its authority.
        latency: seconds of a round trip, half before and half after each request is dealt with.
        basic_http: take Basic without TLS (AllowUnencrypted), as nobody should.
        names: what the certificate is for.
        broken_binding: the certificate that the server believes in is another one: a man in the middle.
        fault: function(action, number of the request) -> "" or what goes wrong with it: "lost" (never arrives),
            "reply lost" (done, then the connection breaks), "400", "500", "503", "stall".

    """

    service: Service
    folder: Path
    users: dict[str, str] = field(default_factory=lambda: {"admin": "s3cret-\xe9t\xe9"})
    tls: bool = False
    latency: float = 0.0
    basic_http: bool = False
    names: tuple[str, ...] = ("127.0.0.1", "localhost")
    broken_binding: bool = False
    lifetime: int = 30
    fault: Callable[[str, int], str] = lambda _action, _number: ""
    journal: list[Request] = field(default_factory=list)
    port: int = 0
    down: bool = False

    def __enter__(self) -> Self:
        file = self.folder / "ntlm-users"
        file.write_text("".join(f":{user}:{word}\n" for user, word in self.users.items()), encoding="utf-8")
        os.environ["NTLM_USER_FILE"] = str(file)
        self.certificate_hash = b""
        self.stop = threading.Event()
        self._server = _Server(("127.0.0.1", self.port), type("Bound", (_Handler,), {"rig": self}))
        self.port = self._server.server_address[1]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.ca, key = self._certificates()
            context.load_cert_chain(key)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop.set()
        self.service.forget()
        self._server.shutdown()
        self._server.close_all()
        self._server.server_close()
        self._thread.join()

    def cut(self) -> None:
        """Break all connections at once."""
        self._server.close_all()

    def actions(self) -> list[str]:
        """Return the actions of all requests so far; "auth" for those of the handshake."""
        return [one.action for one in self.journal]

    def _certificates(self) -> tuple[Path, Path]:
        """Make an authority and a certificate of it; return the authority's file and the server's chain with key."""
        now = dt.datetime.now(dt.UTC)

        def build(
            name: str, issuer: str, key: Any, signer: Any, extra: list[Any], days: int
        ) -> x509.Certificate:
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
            maker = x509.CertificateBuilder(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]), subject, key.public_key(),
                x509.random_serial_number(), now - dt.timedelta(days=60), now + dt.timedelta(days=days),
            )  # fmt: skip
            for one, critical in extra:
                maker = maker.add_extension(one, critical=critical)
            return maker.sign(signer, hashes.SHA256())

        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        root = build("Rig CA", "Rig CA", root_key, root_key,
                     [(x509.BasicConstraints(ca=True, path_length=None), True), (usage, True), (identifier, False)], 30)  # fmt: skip
        names = [
            x509.IPAddress(ipaddress.ip_address(one)) if one[0].isdigit() else x509.DNSName(one)
            for one in self.names
        ]
        authority = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        leaf = build(self.names[0], "Rig CA", key, root_key,
                     [(x509.SubjectAlternativeName(names), False), (authority, False)], self.lifetime)  # fmt: skip
        self.certificate_hash = b"x" * 32 if self.broken_binding else leaf.fingerprint(hashes.SHA256())
        ca, chain = self.folder / "ca.pem", self.folder / "server.pem"
        ca.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        chain.write_bytes(
            leaf.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return ca, chain


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._sockets.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._sockets.discard(request)
        super().shutdown_request(request)

    def close_all(self) -> None:
        with self._lock:
            found = list(self._sockets)
        for one in found:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are what this rig is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    rig: HttpRig
    wbufsize = 65536
    timeout = 120

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.secure = isinstance(self.connection, ssl.SSLSocket)
        self.security: Any = None
        self.user = ""

    def version_string(self) -> str:
        return "Microsoft-HTTPAPI/2.0"

    def log_message(self, *_args: Any) -> None:
        return

    # --- one request --------------------------------------------------------------------------------------

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        rig = self.rig
        if rig.latency:
            time.sleep(rig.latency / 2)
        record = Request("auth", id(self), len(body))
        rig.journal.append(record)
        if rig.down:
            return self._reset(record, "down")
        if not self._authenticated(record):
            return None
        if not body:
            return self._reply(record, 200)
        encrypted = _ENCRYPTED in self.headers.get("Content-Type", "")
        if encrypted:
            try:
                body = self._decrypt(body)
            except Exception:  # noqa: BLE001  another socket's or an old key: WinRM says 400
                return self._reply(record, 400)
        elif not (self.secure or rig.basic_http):
            record.action = "unencrypted"
            return self._reply(record, 500)
        record.encrypted = encrypted
        found = re.search(rb"Action[^>]*>[^<]*/(\w+)<", body)
        record.action = found.group(1).decode() if found else "?"
        return self._carry_out(record, body, encrypted=encrypted)

    def _carry_out(self, record: Request, body: bytes, *, encrypted: bool) -> None:
        rig = self.rig
        record.fault = wrong = rig.fault(record.action, len(rig.journal))
        if wrong == "lost":
            return self._reset(record, wrong)
        if wrong == "stall":
            rig.stop.wait(30)
            return self._reset(record, wrong)
        if wrong.isdigit():
            return self._reply(record, int(wrong))
        found = re.search(rb"MessageID>([^<]+)<", body)
        message = found.group(1).decode() if found else "uuid:0"
        try:
            action, xml = rig.service.handle(body, self.user)
            status, out = 200, answer(message, f"{SHELL}/{action}Response", xml)
        except Fault as fault:
            status, out = 500, fault_answer(message, fault)
        if wrong == "reply lost":
            return self._reset(record, wrong)
        if encrypted:
            return self._reply(
                record,
                status,
                self._encrypt(out),
                f'multipart/encrypted;protocol="{_ENCRYPTED}";boundary="Encrypted Boundary"',
            )
        return self._reply(record, status, out)

    def _reset(self, record: Request, why: str) -> None:
        record.fault = why
        self.close_connection = True
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def _reply(
        self, record: Request, status: int, body: bytes = b"", kind: str = "application/soap+xml;charset=UTF-8",
        ask: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        record.status = status
        if self.rig.latency:
            time.sleep(self.rig.latency / 2)
        self.send_response(status)
        for one in ask:
            self.send_header("WWW-Authenticate", one)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    # --- who asks -----------------------------------------------------------------------------------------

    def _deny(self, record: Request) -> bool:
        methods = ["Negotiate", "NTLM"]
        if self.secure or self.rig.basic_http:
            methods.append('Basic realm="WSMAN"')
        self._reply(record, 401, ask=tuple(methods))
        return False

    def _authenticated(self, record: Request) -> bool:
        """Return whether the request may go on; else it was answered."""
        scheme, _blank, token = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic" and (self.secure or self.rig.basic_http):
            user, _colon, word = base64.b64decode(token).decode("latin-1").partition(":")
            self.user = user
            return self.rig.users.get(user) == word or self._deny(record)
        if scheme in ("NTLM", "Negotiate"):
            return self._ntlm(record, scheme, base64.b64decode(token))
        return bool(self.user and self.security and self.security.complete) or self._deny(record)

    def _ntlm(self, record: Request, scheme: str, token: bytes) -> bool:
        if self.security is None or self.security.complete:
            binding = None
            if self.secure:
                binding = GssChannelBindings(
                    application_data=b"tls-server-end-point:" + self.rig.certificate_hash
                )
            kind = "ntlm" if token.startswith(b"NTLMSSP\0") else "negotiate"
            self.user = ""
            self.security = spnego.server(
                protocol=kind, channel_bindings=binding, options=spnego.NegotiateOptions.use_ntlm
            )
        try:
            out = self.security.step(token)
        except spnego.exceptions.SpnegoError:
            self.security = None
            return self._deny(record)
        if not self.security.complete:
            self._reply(record, 401, ask=(f"{scheme} {base64.b64encode(out or b'').decode()}",))
            return False
        self.user = self.security.client_principal.rpartition("\\")[2].partition("@")[0]
        return True

    # --- message encryption -------------------------------------------------------------------------------

    def _decrypt(self, body: bytes) -> bytes:
        parts = [one for one in body.split(_BOUNDARY + b"\r\n") if one]
        plain = b""
        for head, data in zip(parts[::2], parts[1::2], strict=True):
            length = int(head.strip().rpartition(b"Length=")[2])
            sealed = data.removesuffix(_BOUNDARY + b"--\r\n")
            sealed = sealed.replace(b"\tContent-Type: application/octet-stream\r\n", b"", 1)
            size = struct.unpack("<i", sealed[:4])[0]
            one = self.security.unwrap_winrm(sealed[4 : 4 + size], sealed[4 + size :])
            if len(one) != length:
                raise ValueError(length)
            plain += one
        return plain

    def _encrypt(self, plain: bytes) -> bytes:
        sealed = self.security.wrap_winrm(plain)
        return b"".join((
            _BOUNDARY, b"\r\n\tContent-Type: ", _ENCRYPTED.encode(),
            b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d\r\n" % len(plain),
            _BOUNDARY, b"\r\n\tContent-Type: application/octet-stream\r\n", struct.pack("<i", len(sealed.header)),
            sealed.header, sealed.data, _BOUNDARY, b"--\r\n",
        ))  # fmt: skip
