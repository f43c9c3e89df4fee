"""synchronize: rsync's words, and real rsync through real sshd on the loopback."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from officefleet.engine.events import TaskFinished
from officefleet.engine.options import Options
from officefleet.engine.run import run_playbooks
from officefleet.inventory import load_inventory
from officefleet.modules.contract import Reach
from officefleet.modules.synchronize import command as words
from officefleet.modules.synchronize.spec import SynchronizeArgs

if TYPE_CHECKING:
    from pathlib import Path

    from officefleet.lab.sshd import SshFarm


def made(**given: Any) -> SynchronizeArgs:
    return SynchronizeArgs(**{"src": "/a/", "dest": "/b", **given})


REACH = Reach(
    "h", local=False, address="192.0.2.1", port=2222, user="u", key_file="/k", known_hosts=("/kh", "/a b")
)


@pytest.mark.parametrize(
    ("given", "there", "missing"),
    [
        ({}, {"--archive", "--compress", "--delay-updates", "-F"}, {"--dry-run", "--delete-after", "--recursive"}),
        ({"archive": False}, set(), {"--archive", "--no-recursive", "--recursive"}),
        ({"archive": False, "links": True, "recursive": True}, {"--links", "--recursive"}, {"--archive"}),
        ({"recursive": False, "owner": False}, {"--archive", "--no-recursive", "--no-owner"}, {"--no-group"}),
        ({"delete": True}, {"--delete-after"}, set()),
        ({"existing_only": True, "checksum": True}, {"--existing", "--checksum"}, set()),
        ({"copy_links": True, "dirs": True, "partial": True}, {"--copy-links", "--dirs", "--partial"}, set()),
        ({"compress": False, "delay_updates": False}, set(), {"--compress", "--delay-updates"}),
        ({"rsync_timeout": 9, "link_dest": "/x"}, {"--timeout=9", "--link-dest=/x"}, set()),
        ({"rsync_opts": ["--exclude=.git", "--chmod=F644"]}, {"--exclude=.git", "--chmod=F644"}, set()),
    ],
)  # fmt: skip
def test_arguments_become_options(given: dict[str, Any], there: set[str], missing: set[str]) -> None:
    found = words.command(made(**given), "/a/", "/b")
    assert there <= set(found)
    assert not missing & set(found)
    assert found[-3:] == ["--", "/a/", "/b"]


def test_check_mode_is_a_dry_run() -> None:
    assert "--dry-run" in words.command(made(), "/a/", "/b", check=True)


def test_ssh_uses_the_runs_key_port_and_recorded_host_keys() -> None:
    line = words.ssh_from_here(made(), REACH)
    assert line[:3] == ["ssh", "-p", "2222"]
    assert line[line.index("-i") + 1] == "/k"
    assert "StrictHostKeyChecking=yes" in line
    assert 'UserKnownHostsFile=/kh "/a b"' in line
    other = words.ssh_from_here(made(dest_port=22, private_key="/other"), REACH)
    assert other[2] == "22"
    assert other[other.index("-i") + 1] == "/other"


def test_a_gateway_is_checked_as_the_host_is() -> None:
    reach = Reach("h", local=False, address="192.0.2.1", known_hosts=("/kh",), proxy_jump="g@gate:2200")
    through = next(one for one in words.ssh_from_here(made(), reach) if one.startswith("ProxyCommand="))
    assert "StrictHostKeyChecking=yes" in through
    assert through.endswith("-p 2200 -W '[%h]:%p' g@gate")


def test_become_runs_the_far_end_without_a_question() -> None:
    reach = Reach("h", local=False, address="192.0.2.1", become=("sudo", "-n", "-u", "root"))
    assert "--rsync-path=sudo -n -u root rsync" in words.far_options(made(), reach, ["ssh"])


def test_an_ipv6_address_stands_in_brackets() -> None:
    assert (
        words.far_path(made(), Reach("h", local=False, address="2001:db8::1", user="u"), "/x")
        == "u@[2001:db8::1]:/x"
    )
    assert words.far_path(made(set_remote_user=False), REACH, "/x") == "192.0.2.1:/x"


def test_delete_needs_depth() -> None:
    with pytest.raises(ValidationError, match="recursive"):
        made(delete=True, archive=False)


@pytest.mark.parametrize(
    ("output", "linking", "expected"),
    [
        ("", False, False),
        ("created directory /x\n", False, False),
        ("<<CHANGED>><f+++++++++ a\n", False, True),
        ("<<CHANGED>>*deleting   a\n", False, True),
        ("<<CHANGED>>hf          a => b\n", True, False),
        ("<<CHANGED>>hf          a => b\n", False, True),
    ],
)
def test_what_counts_as_a_change(output: str, linking: bool, expected: bool) -> None:  # noqa: FBT001  a case's field
    assert words.changed(output, linking=linking) is expected


class Recorder:
    def __init__(self) -> None:
        self.results: list[dict[str, Any]] = []

    def handle(self, event: object) -> None:
        if isinstance(event, TaskFinished):
            self.results.append(dict(event.result))


def play(
    farm: SshFarm, folder: Path, task: str, *, known: Path | None = None, **options: Any
) -> dict[str, Any]:
    farm.write_inventory(folder / "hosts.yml")
    file = folder / "play.yml"
    file.write_text(f"- hosts: host-03\n  gather_facts: false\n  tasks:\n    - {task}\n", encoding="utf-8")
    recorder = Recorder()
    choices = Options(known_hosts=(str(known or farm.known_hosts),), **options)
    run_playbooks([file], load_inventory([folder / "hosts.yml"]), choices, [recorder])
    return recorder.results[-1]


PUSH = "ansible.posix.synchronize: {src: tree/, dest: /srv/synchronized, delete: true}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "files" / "tree"
    (folder / "sous dossier").mkdir(parents=True)
    (folder / "un").write_text("1", encoding="utf-8")
    (folder / "sous dossier" / "étiquette; $(x).txt").write_text("2", encoding="utf-8")
    (folder / "lien").symlink_to("un")
    return folder


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_push_twice_with_check_mode_and_deletions(ssh_farm: SshFarm, tmp_path: Path, tree: Path) -> None:
    there = ssh_farm.hosts[2].folder / "srv" / "synchronized"
    predicted = play(ssh_farm, tmp_path, PUSH, check=True)
    assert predicted["changed"]
    assert not there.exists()
    done = play(ssh_farm, tmp_path, PUSH, diff=True)
    assert names(there) == names(tree)
    assert (there / "lien").readlink().as_posix() == "un"
    assert done["stdout_lines"] == predicted["stdout_lines"]
    assert "<f+++++++++ un" in done["diff"]["prepared"]
    assert not play(ssh_farm, tmp_path, PUSH, check=True)["changed"]
    assert not play(ssh_farm, tmp_path, PUSH)["changed"]

    (tree / "un").write_text("11", encoding="utf-8")
    (tree / "lien").unlink()
    predicted = play(ssh_farm, tmp_path, PUSH, check=True)
    assert predicted["changed"]
    assert (there / "lien").is_symlink()
    assert play(ssh_farm, tmp_path, PUSH)["stdout_lines"] == predicted["stdout_lines"]
    assert names(there) == names(tree)
    assert (there / "un").read_text(encoding="utf-8") == "11"


def test_only_what_the_options_let_through(ssh_farm: SshFarm, tmp_path: Path, tree: Path) -> None:
    there = ssh_farm.hosts[2].folder / "srv" / "chosen"
    task = "synchronize: {src: tree/, dest: /srv/chosen, rsync_opts: ['--exclude=sous*'], links: false}"
    assert play(ssh_farm, tmp_path, task)["changed"]
    assert names(there) == {"un"}
    (tree / "deux").write_text("2", encoding="utf-8")
    task = "synchronize: {src: tree/, dest: /srv/chosen, existing_only: true, links: false}"
    assert not play(ssh_farm, tmp_path, task)["changed"]
    os.utime(tree / "un", (1, 1))
    task = "synchronize: {src: tree/, dest: /srv/chosen, existing_only: true, checksum: true, archive: false, recursive: true}"
    assert not play(ssh_farm, tmp_path, task)["changed"]


def test_pull(ssh_farm: SshFarm, tmp_path: Path) -> None:
    there = ssh_farm.hosts[2].folder / "srv" / "logs"
    there.mkdir()
    (there / "un.log").write_text("x", encoding="utf-8")
    task = "synchronize: {src: /srv/logs/, dest: collecte, mode: pull}"
    assert play(ssh_farm, tmp_path, task)["changed"]
    assert names(tmp_path / "collecte") == {"un.log"}
    assert not play(ssh_farm, tmp_path, task)["changed"]


def test_delegated_to_its_own_host_both_paths_are_there(ssh_farm: SshFarm, tmp_path: Path) -> None:
    srv = ssh_farm.hosts[2].folder / "srv"
    (srv / "from").mkdir()
    (srv / "from" / "f").write_text("x", encoding="utf-8")
    task = "{synchronize: {src: /srv/from/, dest: /srv/to}, delegate_to: '{{ inventory_hostname }}'}"
    assert play(ssh_farm, tmp_path, task, check=True)["changed"]
    assert not (srv / "to").exists()
    assert play(ssh_farm, tmp_path, task)["changed"]
    assert names(srv / "to") == {"f"}
    assert not play(ssh_farm, tmp_path, task)["changed"]


def test_an_unknown_host_key_is_refused_whatever_the_task_says(
    ssh_farm: SshFarm, tmp_path: Path, tree: Path
) -> None:
    assert tree.is_dir()
    empty = tmp_path / "nobody"
    empty.touch()
    task = "synchronize: {src: tree/, dest: /srv/refused, verify_host: false}"
    result = play(ssh_farm, tmp_path, task, known=empty)
    assert result["failed"]
    assert "Host key verification failed" in result["msg"]
    assert not (ssh_farm.hosts[2].folder / "srv" / "refused").exists()


def test_failures_are_told(ssh_farm: SshFarm, tmp_path: Path, tree: Path) -> None:
    result = play(ssh_farm, tmp_path, "synchronize: {src: nowhere/, dest: /srv/x}")
    assert "Could not find or access" in result["msg"]
    assert tree.is_dir()
    result = play(ssh_farm, tmp_path, "synchronize: {src: tree/, dest: /srv/no/such/parent}")
    assert result["failed"]
    assert result["rc"] != 0
    assert "No such file" in result["msg"]
    result = play(ssh_farm, tmp_path, "synchronize: {src: tree/, dest: /srv/x}", password="secret-word")
    assert "password" in result["msg"]
    assert "secret-word" not in str(result)
    task = "{synchronize: {src: tree/, dest: /srv/x}, vars: {ansible_rsync_path: /no/rsync}}"
    assert "no program /no/rsync" in play(ssh_farm, tmp_path, task)["msg"]


def test_two_folders_of_the_controller(ssh_farm: SshFarm, tmp_path: Path, tree: Path) -> None:
    task = "{synchronize: {src: tree/, dest: copie}, vars: {ansible_connection: local}}"
    assert play(ssh_farm, tmp_path, task)["changed"]
    assert names(tmp_path / "copie") == names(tree)
    assert not play(ssh_farm, tmp_path, task)["changed"]
