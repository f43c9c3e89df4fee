"""The shipped server and the HTTP source, with servers that are slow, lie, break or vanish."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import pytest

from officefleet.errors import ChunkError, StoreError
from officefleet.images.http_source import HttpSource
from officefleet.images.server import serving


class Liar:
    """A server that answers each request with what `answer` makes of it."""

    def __init__(self, answer) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests = 0
        self._answer = answer
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                client.close()
                return
            thread = threading.Thread(target=self._serve, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, client) -> None:
        with client:
            while self._request(client):
                self.requests += 1
                try:
                    if not self._answer(client, self._closing):
                        return
                except OSError:
                    return

    def _request(self, client) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            try:
                more = client.recv(4096)
            except OSError:
                return False
            if not more:
                return False
            data += more
        return True

    def close(self) -> None:
        self._closing.set()
        socket.create_connection(self.listener.getsockname()).close()
        self.listener.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def liar():
    made = []

    def make(answer) -> Liar:
        made.append(Liar(answer))
        return made[-1]

    yield make
    for one in made:
        one.close()


def fetch(url: str, chunk, **options):
    options = {"timeout": 1.0, "minimum_rate": 1e9, "patience": 0.0, **options}
    source = HttpSource(url, **options)
    view = memoryview(bytearray(chunk.length))
    try:
        return source.chunk_into(chunk.digest, view), bytes(view)
    finally:
        source.close()


def headers(length: object, *more: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {length}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_restore_over_http(world, image, tmp_path) -> None:
    world.publish(image)
    with serving(world.store.root) as server:
        source = HttpSource(server.url)
        report = world.restore(
            tmp_path / "disk", create_bytes=world.SIZE, source=source, initialise_preserved=True
        )
        source.close()
        assert (tmp_path / "disk").read_bytes() == image
        assert server.load.bytes == report.fetched


def test_an_honest_server(world, image, liar) -> None:
    chunk = world.publish(image).chunks[2]
    packed = world.store.read_chunk(chunk.id)

    def answer(client, _closing) -> bool:
        client.sendall(headers(len(packed)) + packed)
        return True

    count, content = fetch(liar(answer).url, chunk)
    assert (count, content) == (len(packed), bytes(image[chunk.offset : chunk.offset + chunk.length]))


@pytest.mark.parametrize(
    ("length", "body", "error"),
    [
        ("{n}+1", "all", StoreError),  # promises more than it sends, then closes
        ("{n}-9", "all", ChunkError),  # promises less: the content is cut off
        ("0", "none", StoreError),
        ("99999999999", "all", StoreError),
        ("-5", "all", StoreError),
        ("lots", "all", StoreError),
        ("{n}", "other", ChunkError),
        ("{n}", "half", StoreError),
    ],
)
def test_a_server_that_lies(world, image, liar, length, body, error) -> None:
    chunk = world.publish(image).chunks[2]
    packed = world.store.read_chunk(chunk.id)
    sent = {"all": packed, "none": b"", "other": packed[::-1], "half": packed[: len(packed) // 2]}[body]
    stated = {"{n}": len(packed), "{n}+1": len(packed) + 1, "{n}-9": len(packed) - 9}.get(length, length)

    def answer(client, _closing) -> bool:
        client.sendall(headers(stated) + sent)
        return False

    with pytest.raises(error):
        fetch(liar(answer).url, chunk)


def test_a_chunk_without_a_length_is_refused(world, image, liar) -> None:
    chunk = world.publish(image).chunks[2]

    def answer(client, _closing) -> bool:
        client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        return False

    with pytest.raises(StoreError, match="no believable length"):
        fetch(liar(answer).url, chunk)


@pytest.mark.parametrize("part", ["body", "headers", "silence"])
def test_a_slow_server_is_cut_off(world, image, liar, part) -> None:
    """One byte now and then keeps a socket's own timeout from ever firing."""
    chunk = world.publish(image).chunks[2]

    def answer(client, closing) -> bool:
        if part == "body":
            client.sendall(headers(1000))
        while part != "silence":
            client.sendall(b"X" if part == "body" else b"H")
            if closing.wait(0.05):
                return False
        closing.wait(30)
        return False

    started = time.monotonic()
    with pytest.raises(StoreError, match=r"bytes a second|timed out"):
        fetch(liar(answer).url, chunk, timeout=0.4)
    assert time.monotonic() - started < 10


def test_one_bad_answer_is_tried_again(world, image, liar) -> None:
    chunk = world.publish(image).chunks[2]
    packed = world.store.read_chunk(chunk.id)
    answers = iter([packed[:-1] + b"!", packed])

    def answer(client, _closing) -> bool:
        body = next(answers)
        client.sendall(headers(len(body)) + body)
        return True

    assert fetch(liar(answer).url, chunk)[0] == len(packed)


def test_a_store_that_comes_back_is_waited_for(world, image) -> None:
    index = world.publish(image)
    with serving(world.store.root) as server:
        port = server.server_address[1]
    source = HttpSource(f"http://127.0.0.1:{port}", patience=30)
    found = []
    view = memoryview(bytearray(index.chunks[1].length))
    thread = threading.Thread(target=lambda: found.append(source.chunk_into(index.chunks[1].digest, view)))
    thread.start()
    with serving(world.store.root, port=port):
        thread.join()
    source.close()
    assert found


def test_a_store_gone_midway(world, image, tmp_path) -> None:
    world.publish(image)
    target = tmp_path / "disk"
    with serving(world.store.root) as server:
        source = HttpSource(server.url, patience=0)
        chunk_into, calls = source.chunk_into, []

        def vanish(digest, view) -> int:
            calls.append(digest)
            if len(calls) == 5:
                server.shutdown()
                server.server_close()
                for connection in source._open:
                    connection.close()
            return chunk_into(digest, view)

        source.chunk_into = vanish
        with pytest.raises(StoreError, match="does not answer"):
            world.restore(target, create_bytes=world.SIZE, source=source, threads=1)
        source.close()
    world.restore(target, initialise_preserved=True)
    assert target.read_bytes() == image


@pytest.mark.parametrize(
    "path",
    [
        "/", "/chunks/", "/chunks", "/index/", "/../trust.json", "/chunks/../../trust.json",
        "/%2e%2e/trust.json", "//etc/passwd", "/etc/passwd", "/leases/x.lease", "/index/poste/1.ofi/",
        "/index/../../trust.json", "/chunks/aa/" + "b" * 64 + ".zst", "/keys.json?x", "/keys.json\x00",
    ],
)  # fmt: skip
def test_nothing_but_the_store_is_served(world, image, path) -> None:
    world.publish(image)
    with serving(world.store.root) as server, socket.create_connection(server.server_address) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        with client.makefile("rb") as answer:
            assert answer.readline().split()[1] in (b"404", b"400")
            assert b"root" not in answer.read()


def test_a_link_out_of_the_store_is_not_followed(world) -> None:
    (world.store.root / "catalogue.json").symlink_to(world.trust_file)
    with serving(world.store.root) as server:
        connection = http.client.HTTPConnection(*server.server_address)
        connection.request("GET", "/catalogue.json")
        assert connection.getresponse().status == 404
        connection.close()


@pytest.mark.parametrize(
    ("asked", "status", "window"),
    [
        ("bytes=0-9", 206, (0, 10)),
        ("bytes=5-", 206, (5, None)),
        ("bytes=-7", 206, (-7, None)),
        ("bytes=0-999999999", 206, (0, None)),
        ("bytes=999999999-", 416, None),
        ("bytes=9-3", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,4-5", 200, (0, None)),
        ("lines=1-2", 200, (0, None)),
        (None, 200, (0, None)),
    ],
)
def test_ranges_on_one_kept_alive_connection(world, asked, status, window) -> None:
    whole = (world.store.root / "keys.json").read_bytes()
    with serving(world.store.root) as server:
        connection = http.client.HTTPConnection(*server.server_address)
        for method in ("GET", "HEAD", "GET"):
            connection.request(method, "/keys.json", headers={"Range": asked} if asked else {})
            response = connection.getresponse()
            body = response.read()
            assert response.status == status
            if window:
                wanted = whole[slice(*window)]
                assert body == (b"" if method == "HEAD" else wanted)
                assert int(response.headers["Content-Length"]) == len(wanted)
        connection.close()


def test_uploads_are_refused(world) -> None:
    with serving(world.store.root) as server:
        connection = http.client.HTTPConnection(*server.server_address)
        connection.request("PUT", "/keys.json", body=b"{}")
        assert connection.getresponse().status == 501
        connection.close()


@pytest.mark.parametrize(
    "url", ["https://nas/", "ftp://nas/", "http://", "http://nas:x/", "http://nas:99999/"]
)
def test_addresses_that_are_no_store(url) -> None:
    with pytest.raises(StoreError):
        HttpSource(url)
