from __future__ import annotations

import base64
import gzip
import hashlib
import os
import threading
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., dict[str, Any]]

CONTENT = b"pilote\n" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        path = self.path.split("?")[0]
        answer = getattr(self, "answer" + path.replace("/", "_").replace(".", "_"), None)
        if answer is None:
            self.send_error(404)
        else:
            answer()

    def reply(self, content: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def answer_pilote_deb(self) -> None:
        since = self.headers.get("If-Modified-Since")
        if since is not None and parsedate_to_datetime(since).timestamp() > 0:
            self.send_response(304)
            self.end_headers()
        else:
            self.reply(CONTENT)

    def answer_named(self) -> None:
        self.reply(CONTENT, Content_Disposition='attachment; filename="../../evil.deb"')

    def answer_packed(self) -> None:
        self.reply(gzip.compress(CONTENT), Content_Encoding="gzip")

    def answer_cut(self) -> None:
        self.reply(CONTENT[:100], Content_Length="7000")

    def answer_moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/pilote.deb")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer_SHA256SUMS(self) -> None:  # noqa: N802  the address
        self.reply(f"{'0' * 64}  other.deb\n{DIGEST} *pilote.deb\n".encode())

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def seen() -> list[tuple[str, dict[str, str]]]:
    return []


@pytest.fixture
def server(seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    handler = type("Handler", (Handler,), {"seen": seen})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_file_is_downloaded_once(run: Run, server: str, seen: list[Any], tmp_path: Path) -> None:
    args = {"url": f"{server}/pilote.deb", "dest": f"{tmp_path}/x.deb", "mode": "0640", "owner": "lp"}
    assert run("get_url", args, check=True)["changed"]
    assert seen == []
    result = run("get_url", args)
    assert (tmp_path / "x.deb").read_bytes() == CONTENT
    assert (result["changed"], result["status_code"], result["mode"], result["owner"]) == (
        True,
        200,
        "0640",
        "lp",
    )
    assert (result["msg"], result["size"]) == ("OK (7000 bytes)", 7000)
    assert result["checksum_src"] == hashlib.sha1(CONTENT, usedforsecurity=False).hexdigest()
    for again in (run("get_url", args, check=True), run("get_url", args)):
        assert (again["changed"], again["status_code"]) == (False, 304)
    assert run("get_url", {**args, "force": True})["changed"] is False
    assert len(seen) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["x.deb"]


def test_what_is_newer_and_other_replaces_the_old(run: Run, server: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    os.utime(path, (0, 0))
    args = {"url": f"{server}/pilote.deb", "dest": str(path)}
    assert run("get_url", args, check=True)["changed"]
    assert path.read_text() == "old"
    assert run("get_url", args)["changed"]
    assert path.read_bytes() == CONTENT
    os.utime(path, (0, 0))
    assert run("get_url", args, check=True)["changed"] is False
    assert run("get_url", args)["changed"] is False


def test_only_attributes_change(run: Run, server: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    args = {"url": f"{server}/pilote.deb", "dest": f"{tmp_path}/x", "mode": "0600"}
    assert run("get_url", args, check=True)["changed"]
    assert run("get_url", args)["mode"] == "0600"
    assert (tmp_path / "x").read_text() == "old"


@pytest.mark.parametrize(
    "checksum", [f"sha256:{DIGEST}", f"sha256:{DIGEST.upper()}", "sha256:SERVER/SHA256SUMS"]
)
def test_a_checksum_decides(run: Run, server: str, tmp_path: Path, checksum: str) -> None:
    (tmp_path / "x").write_text("old")
    args = {
        "url": f"{server}/pilote.deb",
        "dest": f"{tmp_path}/x",
        "checksum": checksum.replace("SERVER", server),
        "backup": True,
    }
    assert run("get_url", args, check=True)["changed"]
    result = run("get_url", args)
    assert (tmp_path / result["backup_file"]).read_text() == "old"
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert run("get_url", args)["changed"] is False


@pytest.mark.parametrize(
    ("checksum", "message"),
    [
        ("sha256:" + "0" * 64, "did not match"),
        ("sha256", "has to be in format"),
        ("sha256:xyz", "format is invalid"),
        ("crc:00", "crc"),
        ("sha256:SERVER/none", "Request failed"),
    ],
)
def test_a_wrong_checksum_leaves_the_old_file(
    run: Run, server: str, tmp_path: Path, checksum: str, message: str
) -> None:
    (tmp_path / "x").write_text("old")
    checksum = checksum.replace("SERVER", server)
    result = run("get_url", {"url": f"{server}/pilote.deb", "dest": f"{tmp_path}/x", "checksum": checksum})
    assert result["failed"]
    assert message in result["msg"]
    assert (tmp_path / "x").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_folder_gets_a_name_that_is_no_path(run: Run, server: str, tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    assert run("get_url", {"url": f"{server}/named", "dest": str(folder)})["dest"] == f"{folder}/evil.deb"
    assert (
        run("get_url", {"url": f"{server}/pilote.deb?x=1", "dest": f"{folder}/"})["dest"]
        == f"{folder}/pilote.deb"
    )
    assert sorted(path.name for path in folder.iterdir()) == ["evil.deb", "pilote.deb"]


def test_packed_and_moved_answers(run: Run, server: str, seen: list[Any], tmp_path: Path) -> None:
    run("get_url", {"url": f"{server}/packed", "dest": f"{tmp_path}/a"})
    run("get_url", {"url": f"{server}/packed", "dest": f"{tmp_path}/b", "decompress": False})
    login = {"url_username": "u", "url_password": "é", "headers": {"X-Poste": 3}}
    run("get_url", {"url": f"{server}/moved", "dest": f"{tmp_path}/c", **login})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "c").read_bytes() == CONTENT
    assert gzip.decompress((tmp_path / "b").read_bytes()) == CONTENT
    word = base64.b64encode("u:é".encode()).decode()
    assert seen[-2][1]["Authorization"] == f"Basic {word}"
    assert seen[-2][1]["User-Agent"] == "ansible-httpget"
    assert "Authorization" not in seen[-1][1]
    assert seen[-1][1]["X-Poste"] == "3"


@pytest.mark.parametrize(("path", "status"), [("/none", 404), ("/cut", -1)])
def test_an_answer_that_is_none_leaves_nothing(
    run: Run, server: str, tmp_path: Path, path: str, status: int
) -> None:
    result = run("get_url", {"url": server + path, "dest": f"{tmp_path}/x"})
    assert (result["failed"], result["status_code"], result["msg"]) == (True, status, "Request failed")
    assert list(tmp_path.iterdir()) == []


def test_addresses_and_folders_that_do_not_exist(run: Run, tmp_path: Path) -> None:
    result = run("get_url", {"url": "http://127.0.0.1:1/x", "dest": f"{tmp_path}/x"})
    assert (result["failed"], result["status_code"]) == (True, -1)
    assert (
        run("get_url", {"url": "gopher://x", "dest": f"{tmp_path}/x"})["response"]
        == "Request failed: <urlopen error unknown url type: gopher>"
    )
    args = {"url": "http://127.0.0.1:1/x", "dest": f"{tmp_path}/d/x"}
    assert run("get_url", args)["msg"] == f"Destination {tmp_path}/d does not exist"
    assert run("get_url", args, check=True)["undecidable"]


def test_keys_from_an_address(run: Run, server: str, tmp_path: Path) -> None:
    args = {"user": "root", "key": f"{server}/SHA256SUMS", "path": f"{tmp_path}/keys", "manage_dir": False}
    assert "invalid key specified" in run("authorized_key", args)["msg"]
