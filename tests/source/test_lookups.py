"""Lookups that need more than an expression: files they write, servers, the engine's hooks."""

from __future__ import annotations

import base64
import contextlib
import logging
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from officefleet.errors import TemplateError, UndefinedVariableError
from officefleet.source import plugins
from officefleet.source.scope import NeedsResultError, Scope
from officefleet.source.template import Templar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@pytest.fixture(scope="module")
def templar() -> Templar:
    return Templar(plugins.filters(), plugins.tests(), plugins.functions())


def render(templar: Templar, expression: str, variables: Mapping[str, Any] | None = None) -> Any:
    return templar.render("{{ " + expression + " }}", Scope([(variables or {}, True)], templar))


# --- password -------------------------------------------------------------------------------------------------


def test_a_password_is_made_once_and_only_its_owner_reads_it(templar: Templar, tmp_path: Path) -> None:
    scope = {"playbook_dir": str(tmp_path)}
    first = render(templar, "lookup('password', 'secrets/till length=12')", scope)
    path = tmp_path / "secrets" / "till"
    assert len(first) == 12
    assert path.read_text() == first + "\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert render(templar, "lookup('password', 'secrets/till length=30')", scope) == first
    assert [file.name for file in path.parent.iterdir()] == ["till"]


def test_a_hash_stays_the_same_and_fits_the_password(templar: Templar, tmp_path: Path) -> None:
    scope = {"file": str(tmp_path / "p")}
    first = render(templar, "lookup('password', file, encrypt='sha256_crypt')", scope)
    plain, salt = (tmp_path / "p").read_text().rstrip("\n").split(" salt=")
    assert render(templar, "lookup('password', file, encrypt='sha256_crypt')", scope) == first
    assert render(templar, "p | password_hash('sha256', s)", {"p": plain, "s": salt}) == first
    assert render(templar, "lookup('password', file)", scope) == plain


def test_a_file_without_salt_gets_one(templar: Templar, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("by hand\n")
    scope = {"file": str(tmp_path / "p")}
    first = render(templar, "lookup('password', file, encrypt='md5_crypt')", scope)
    assert (tmp_path / "p").read_text().startswith("by hand salt=")
    assert render(templar, "lookup('password', file, encrypt='md5_crypt')", scope) == first


@pytest.mark.parametrize("option", ["", ", encrypt='md5_crypt'"])
def test_hosts_that_ask_at_once_get_the_same_password(templar: Templar, tmp_path: Path, option: str) -> None:
    scope = {"file": str(tmp_path / "p")}
    together = threading.Barrier(8)

    def ask(_number: int) -> Any:
        together.wait(10)
        return render(templar, f"lookup('password', file{option})", scope)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["p"]


def test_hosts_that_salt_a_file_at_once_agree(templar: Templar, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("by hand\n")
    scope = {"file": str(tmp_path / "p")}
    together = threading.Barrier(8)

    def ask(_number: int) -> Any:
        together.wait(10)
        return render(templar, "lookup('password', file, encrypt='md5_crypt')", scope)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_a_folder_in_the_place_of_the_file_is_an_error(templar: Templar, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="lookup password"):
        render(templar, "lookup('password', file)", {"file": str(tmp_path)})


# --- url ------------------------------------------------------------------------------------------------------


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        name = self.path.strip("/").split("?")[0]
        if name == "moved":
            self.send_response(302)
            self.send_header("Location", "/lines")
            self.end_headers()
            return
        login = self.headers.get("Authorization", "")
        if name == "login" and login != "Basic " + base64.b64encode(b"till:open sesame").decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="r"')
            self.end_headers()
            return
        if name == "broken":
            self.send_response(500)
            self.end_headers()
            return
        body = {"headers": "".join(f"{key.lower()}: {value}\n" for key, value in self.headers.items())}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.get(name, "one\ntwo {{ 1 }}\n").encode())

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_url_gives_lines_or_one_text(templar: Templar, server: str) -> None:
    scope = {"server": server}
    assert render(templar, "query('url', server ~ '/lines')", scope) == ["one", "two {{ 1 }}"]
    assert (
        render(templar, "lookup('url', server ~ '/lines', split_lines=false)", scope) == "one\ntwo {{ 1 }}\n"
    )


def test_a_login_is_sent_when_asked_and_at_once_when_forced(templar: Templar, server: str) -> None:
    scope = {"server": server}
    call = "lookup('url', server ~ '/login', username='till', password='open sesame'"
    assert render(templar, call + ")", scope) == "one,two {{ 1 }}"
    assert render(templar, call + ", force_basic_auth=true)", scope) == "one,two {{ 1 }}"


def test_an_error_never_shows_the_url_secrets(templar: Templar, server: str) -> None:
    address = server.replace("//", "//till:s3cret@") + "/login?token=hidden"
    with pytest.raises(TemplateError) as caught:
        render(templar, "lookup('url', address)", {"address": address})
    assert "s3cret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("/broken", "", "answered 500"),
        ("/login", ", username='till', password='wrong'", "answered 401"),
        ("/moved", ", follow_redirects='none'", "answered 302"),
        ("/lines", ", follow_redirects='perhaps'", "unknown follow_redirects"),
        ("/lines", ", use_gssapi=true", "not supported"),
        ("/lines", ", nope=1", "no option nope"),
    ],
)
def test_what_a_url_lookup_refuses(
    templar: Templar, server: str, path: str, options: str, message: str
) -> None:
    with pytest.raises(TemplateError, match=message):
        render(templar, f"lookup('url', server ~ path{options})", {"server": server, "path": path})


def test_headers_agent_and_settings(templar: Templar, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_LOOKUP_URL_AGENT", "from-environment")
    call = "query('url', server ~ '/headers', headers={'X-Till': 'a'}, force='yes')"
    seen = render(templar, call, {"server": server})
    assert {"x-till: a", "cache-control: no-cache", "user-agent: from-environment"} <= set(seen)
    seen = render(templar, call, {"server": server, "ansible_lookup_url_agent": "from-variable"})
    assert "user-agent: from-variable" in seen


def test_redirects_are_followed(templar: Templar, server: str) -> None:
    assert render(templar, "lookup('url', server ~ '/moved')", {"server": server}) == "one,two {{ 1 }}"


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/x", "nothing", "http://["])
def test_only_http_is_fetched(templar: Templar, address: str) -> None:
    with pytest.raises(TemplateError):
        render(templar, "lookup('url', address)", {"address": address})


def test_nobody_listens(templar: Templar) -> None:
    with pytest.raises(TemplateError, match=r"lookup url: http://127\.0\.0\.1"):
        render(templar, "lookup('url', 'http://127.0.0.1:9/')")


# --- the engine's side ------------------------------------------------------------------------------------------


def test_the_engine_runs_a_lookup_for_a_loop(templar: Templar) -> None:
    lookups = plugins.lookups()
    assert lookups.run("ansible.builtin.nested", [[1, 2], ["a"]], Scope([], templar)) == [[1, "a"], [2, "a"]]


def test_the_engine_adds_its_own_lookups_and_reader(tmp_path: Path) -> None:
    (tmp_path / "sealed").write_text("...")
    functions = plugins.functions(
        finder=lambda _variables: [tmp_path],
        read=lambda path: path.name.upper().encode(),
        extra={"inventory_hostnames": lambda terms, _around: [f"{term}-1" for term in terms]},
    )
    templar = Templar(plugins.filters(), plugins.tests(), functions)
    assert render(templar, "lookup('file', 'sealed')") == "SEALED"
    assert render(templar, "query('inventory_hostnames', 'tills')") == ["tills-1"]


def test_a_lookup_asks_the_finder_for_the_folders_of_its_task(tmp_path: Path) -> None:
    for role in ("one", "two"):
        (tmp_path / role / "files").mkdir(parents=True)
        (tmp_path / role / "files" / "name").write_text(role)
    functions = plugins.functions(lambda variables: [tmp_path / variables["role"]])
    templar = Templar(plugins.filters(), plugins.tests(), functions)
    assert render(templar, "lookup('file', 'name')", {"role": "one"}) == "one"
    assert render(templar, "lookup('file', 'name')", {"role": "two"}) == "two"


def test_a_value_under_way_is_no_lookup_error(templar: Templar) -> None:
    def pending(name: str) -> None:
        if name == "later":
            raise NeedsResultError(name)

    scope = Scope([({}, True)], templar, pending)
    with pytest.raises(NeedsResultError):
        templar.render("{{ lookup('vars', 'later', errors='ignore') }}", scope)


def test_host_data_is_never_evaluated(templar: Templar, tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{{ stdout }}")
    host = {"stdout": "{{ lookup('pipe', 'touch ' ~ trap) }}"}
    trap = tmp_path / "trap"
    scope = Scope([({"trap": str(trap), "folder": str(tmp_path)}, True), (host, False)], templar)
    for expression in (
        "stdout",
        "lookup('vars', 'stdout')",
        "lookup('items', stdout)",
        "lookup('template', folder ~ '/t.j2')",
        "lookup('template', folder ~ '/t.j2', template_vars={'other': stdout})",
        "query('dict', {'a': stdout})[0].value",
        "stdout | from_yaml | to_json | from_json",
        "lookup('first_found', [stdout], errors='ignore') or stdout",
    ):
        with contextlib.suppress(TemplateError):  # from_yaml may refuse the text: that is as good
            assert templar.render("{{ " + expression + " }}", scope) == host["stdout"]
    assert not trap.exists()


def test_a_warning_says_what_was_missing(templar: Templar, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert render(templar, "lookup('file', '/nowhere', errors='warn')") is None
    assert "/nowhere: file not found" in caplog.text


def test_an_error_names_the_place_of_the_template(templar: Templar, tmp_path: Path) -> None:
    from officefleet.source.yaml import load  # noqa: PLC0415

    play = tmp_path / "play.yml"
    play.write_text("a: 1\nb: \"{{ 'x' | hash('nope') }}\"\nc: \"{{ lookup('vars', 'nowher') }}\"\n")
    loaded = load(play)
    with pytest.raises(TemplateError) as caught:
        templar.render(loaded["b"], Scope([], templar))
    assert caught.value.mark is not None
    assert (caught.value.mark.line, caught.value.mark.column) == (2, 4)
    with pytest.raises(UndefinedVariableError) as missed:
        templar.render(loaded["c"], Scope([({"nowhere": 1}, True)], templar))
    assert missed.value.mark is not None
    assert missed.value.hint == "did you mean nowhere?"


def test_an_error_in_a_template_file_names_its_line(templar: Templar, tmp_path: Path) -> None:
    path = tmp_path / "t.j2"
    path.write_text("one\ntwo {{ 'x' | hash('nope') }}\n")
    with pytest.raises(TemplateError) as caught:
        render(templar, "lookup('template', file)", {"file": str(path)})
    assert caught.value.mark is not None
    assert (caught.value.mark.file, caught.value.mark.line) == (str(path), 2)


@pytest.mark.parametrize("expression", ["range(3000) | product(range(3000))", "range(12) | permutations"])
def test_a_filter_does_not_eat_the_memory(templar: Templar, expression: str) -> None:
    with pytest.raises(TemplateError, match="more than 1000000 items"):
        render(templar, expression)
