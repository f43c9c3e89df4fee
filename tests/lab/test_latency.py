import contextlib
import socket
import threading
import time

import pytest

from officefleet.lab.latency import LatencyProxy

DELAY = 0.04


@pytest.fixture
def echo():
    """A TCP server that greets, then sends back what it gets; gives (host, port)."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                peer, _ = server.accept()
                threading.Thread(target=answer, args=(peer,), daemon=True).start()

    def answer(peer):
        with peer, contextlib.suppress(OSError):
            peer.sendall(b"hello")
            while data := peer.recv(65536):
                peer.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def read(peer, count):
    data = b""
    while len(data) < count and (part := peer.recv(count - len(data))):
        data += part
    return data


def test_opening_costs_a_handshake_and_a_round_trip_costs_two_delays(echo):
    with LatencyProxy({"echo": echo}, delay=DELAY) as proxy:
        start = time.monotonic()
        with socket.create_connection(proxy.addresses["echo"]) as peer:
            assert read(peer, 5) == b"hello"
            opened = time.monotonic()
            peer.sendall(b"ping")
            assert read(peer, 4) == b"ping"
            answered = time.monotonic()

    assert opened - start >= 4 * DELAY * 0.99
    assert answered - opened >= 2 * DELAY * 0.99


def test_delays_overlap_so_that_throughput_is_kept(echo):
    payload = bytes(range(256)) * 8192  # 2 MiB: 32 chunks would take 2.5 s one after the other
    with (
        LatencyProxy({"echo": echo}, delay=DELAY) as proxy,
        socket.create_connection(proxy.addresses["echo"]) as peer,
    ):
        assert read(peer, 5) == b"hello"
        start = time.monotonic()
        sender = threading.Thread(target=peer.sendall, args=(payload,))
        sender.start()
        assert read(peer, len(payload)) == payload
        took = time.monotonic() - start
        sender.join()

    assert 2 * DELAY * 0.99 <= took < 1.5


def test_the_end_of_the_stream_passes_both_ways(echo):
    with (
        LatencyProxy({"echo": echo}, delay=0.001) as proxy,
        socket.create_connection(proxy.addresses["echo"]) as peer,
    ):
        peer.sendall(b"last")
        peer.shutdown(socket.SHUT_WR)

        assert read(peer, 100) == b"hellolast"


def test_a_dead_target_closes_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with (
        LatencyProxy({"dead": address}, delay=0.001) as proxy,
        socket.create_connection(proxy.addresses["dead"]) as peer,
    ):
        peer.settimeout(10)

        assert peer.recv(1) == b""
