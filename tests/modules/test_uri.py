"""uri against a web server of this machine."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., dict[str, Any]]

LOGIN = "Basic " + base64.b64encode(b"u:p").decode()


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if path == "/moved":
            self.reply(302, b"", Location="/echo")
        elif path == "/kept":
            self.reply(307, b"", Location="/echo")
        elif path == "/private" and self.headers.get("Authorization") != LOGIN:
            self.reply(401, b"no", WWW_Authenticate='Basic realm="x"')
        elif path == "/none":
            self.reply(404, b"nothing")
        elif path == "/text":
            self.reply(200, b"text", Content_Type="text/plain", Set_Cookie="a=1")
        else:
            seen = {"method": self.command, "headers": dict(self.headers), "body": body.decode("latin-1")}
            self.reply(200, json.dumps(seen).encode(), Content_Type="application/json")

    do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815  the names of the library

    def reply(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the signature of the library
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()
        thread.join()


def test_json_and_headers(run: Run, server: str) -> None:
    found = run("uri", {"url": server + "/echo", "headers": {"X-Poste": 3}})
    assert (found["status"], found["changed"], found["redirected"]) == (200, False, False)
    assert found["json"]["headers"]["X-Poste"] == "3"
    assert found["json"]["headers"]["User-Agent"] == "ansible-httpget"
    assert found["content_type"] == "application/json"
    assert "content" not in found


def test_content_and_cookies(run: Run, server: str) -> None:
    found = run("uri", {"url": server + "/text", "return_content": True})
    assert (found["content"], found["cookies"], found["cookies_string"]) == ("text", {"a": "1"}, "a=1")
    assert found["msg"] == "OK (4 bytes)"


@pytest.mark.parametrize(
    ("body", "style", "sent", "kind"),
    [
        ({"a": 1}, "json", '{"a": 1}', "application/json"),
        ('{"a": 1}', "json", '{"a": 1}', "application/json"),
        ({"a": [1, 2], "b": "x y"}, "form-urlencoded", "a=1&a=2&b=x+y", "application/x-www-form-urlencoded"),
        ([["a", 1], ["a", 2]], "form-urlencoded", "a=1&a=2", "application/x-www-form-urlencoded"),
    ],
)
def test_bodies(run: Run, server: str, body: Any, style: str, sent: str, kind: str) -> None:
    found = run("uri", {"url": server + "/echo", "method": "POST", "body": body, "body_format": style})
    assert (found["json"]["body"], found["json"]["headers"]["Content-Type"]) == (sent, kind)


def test_a_form_with_a_file(run: Run, modules: Any, server: str) -> None:
    (modules.controller_folder / "log.txt").write_text("line")
    form = {"note": "hello", "log": {"filename": "log.txt", "mime_type": "text/x-log"}}
    found = run(
        "uri", {"url": server + "/echo", "method": "POST", "body": form, "body_format": "form-multipart"}
    )
    sent = found["json"]["body"]
    assert 'name="note"' in sent
    assert 'name="log"; filename="log.txt"' in sent
    assert base64.b64encode(b"line").decode() in sent
    assert found["json"]["headers"]["Content-Type"].startswith("multipart/form-data; boundary=")


def test_a_file_as_body(run: Run, modules: Any, server: str) -> None:
    (modules.controller_folder / "data").write_text("from the controller")
    found = run("uri", {"url": server + "/echo", "method": "PUT", "src": "data"})
    assert found["json"]["body"] == "from the controller"


def test_statuses(run: Run, server: str) -> None:
    refused = run("uri", {"url": server + "/none"})
    assert refused["failed"]
    assert refused["msg"] == "Status code was 404 and not [200]: HTTP Error 404: Not Found"
    assert run("uri", {"url": server + "/none", "status_code": "200,404"})["status"] == 404


def test_nobody_listens(run: Run) -> None:
    found = run("uri", {"url": "http://127.0.0.1:1/"})
    assert found["failed"]
    assert found["status"] == -1
    assert "Connection refused" in found["msg"]


@pytest.mark.parametrize(
    ("path", "method", "follow", "status", "seen"),
    [
        ("/moved", "GET", "safe", 200, "GET"),
        ("/moved", "POST", "safe", 302, None),
        ("/moved", "POST", "all", 200, "GET"),
        ("/kept", "POST", "all", 200, "POST"),
        ("/moved", "GET", "none", 302, None),
        ("/moved", "GET", False, 302, None),
    ],
)
def test_redirects(
    run: Run, server: str, path: str, method: str, follow: Any, status: int, seen: str | None
) -> None:
    args = {"url": server + path, "method": method, "follow_redirects": follow, "status_code": [200, 302]}
    found = run("uri", args | ({"body": "x"} if method == "POST" else {}))
    assert found["status"] == status
    assert (found.get("json") or {}).get("method") == seen
    assert found["redirected"] is (seen is not None)


def test_logins(run: Run, server: str) -> None:
    assert run("uri", {"url": server + "/private"})["status"] == 401
    login = {"url_username": "u", "url_password": "p"}
    assert run("uri", {"url": server + "/private", **login})["status"] == 200
    assert run("uri", {"url": server + "/private", "force_basic_auth": True, **login})["status"] == 200
    assert run("uri", {"url": server.replace("//", "//u:p@") + "/private"})["status"] == 200


def test_a_login_of_netrc(run: Run, server: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login u password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert run("uri", {"url": server + "/private"})["status"] == 200
    assert run("uri", {"url": server + "/private", "use_netrc": False})["status"] == 401


def test_dest(run: Run, server: str, tmp_path: Any) -> None:
    args = {"url": server + "/text", "dest": str(tmp_path), "mode": "0600"}
    first = run("uri", args)
    assert (first["changed"], first["path"], first["mode"]) == (True, str(tmp_path / "text"), "0600")
    assert (tmp_path / "text").read_text() == "text"
    assert run("uri", args)["changed"] is False


def test_creates_and_check_mode(run: Run, server: str) -> None:
    assert "skipped, since" in run("uri", {"url": server + "/none", "creates": "/etc/passwd"})["stdout"]
    assert run("uri", {"url": server + "/none"}, check=True)["skipped"]
