"""The floor of bench/ssh.py: one fabric connection and one exec a host, all the work in one script."""

import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fabric
import jinja2
import paramiko

SCRIPT = r"""
import json, os, re, subprocess, sys
size = int(sys.stdin.buffer.readline())
plan = json.loads(sys.stdin.buffer.read(size))
base = "/srv/poste"
def write(path, data, mode):
    try:
        with open(path, "rb") as f:
            same = f.read() == data
    except OSError:
        same = False
    if not same:
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.rename(path + ".new", path)
    os.chmod(path, mode)
for name, mode in (("etc", 0o755), ("data", 0o750), ("bin", 0o755)):
    os.makedirs(base + "/" + name, exist_ok=True)
    os.chmod(base + "/" + name, mode)
for name, text, mode in plan["templates"]:
    write(base + "/etc/" + name, text.encode(), mode)
for name, length, mode in plan["files"]:
    write(base + "/data/" + name, sys.stdin.buffer.read(length), mode)
def line(path, text, pattern=None):
    try:
        lines = open(path).read().splitlines()
    except OSError:
        lines = []
    if text not in lines:
        lines = [one for one in lines if not pattern or not re.match(pattern, one)] + [text]
        write(path, ("\n".join(lines) + "\n").encode(), 0o644)
line(base + "/etc/local.conf", "server=nas")
line(base + "/etc/local.conf", "port=8443", "^port=")
line(base + "/etc/local.conf", "mode=comptoir")
os.chmod(base + "/data/small-1", 0o640)
os.chmod(base + "/data/medium", 0o600)
count = subprocess.run("ls %s/data | wc -l" % base, shell=True, capture_output=True, text=True).stdout.strip()
again = subprocess.run("echo %s > %s/data/count; cat %s/data/count" % (count, base, base), shell=True, capture_output=True, text=True).stdout
found = os.stat(base + "/data/large").st_size if int(again) > 2 else 0
print(json.dumps({"count": count, "large": found}))
"""


def main() -> None:
    """Arguments: the farm's JSON description and the play's folder."""
    farm = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(sys.argv[2])
    environment = jinja2.Environment(  # noqa: S701  configuration files, not HTML
        trim_blocks=True, keep_trailing_newline=True
    )
    modes = {
        "poste.conf": 0o644,
        "printers.conf": 0o644,
        "galss.ini": 0o644,
        "backup.conf": 0o600,
        "motd": 0o644,
    }
    templates = {
        name: environment.from_string((folder / "templates" / f"{name}.j2").read_text(encoding="utf-8"))
        for name in modes
    }
    contents = [
        (name, (folder / "files" / name).read_bytes()) for name in ("small-1", "small-2", "medium", "large")
    ]
    config = fabric.Config()
    key = paramiko.PKey.from_path(farm["key"])
    known = paramiko.HostKeys(farm["known_hosts"])

    def one(host: dict[str, str]) -> float:
        begun = time.monotonic()
        connection = fabric.Connection(
            host["address"], user=host["user"], port=int(host["port"]), config=config,
            connect_kwargs={"pkey": key, "look_for_keys": False, "allow_agent": False},
        )  # fmt: skip
        connection.client.get_host_keys().update(known)
        connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        connection.open()
        connection.transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        names = {"inventory_hostname": host["name"], "base": "/srv/poste", "pharmacy": "Pharmacie du Banc",
                 "printers": ["comptoir", "etiquettes", "bureau"]}  # fmt: skip
        plan = json.dumps(
            {
                "templates": [
                    (name, template.render(names), modes[name]) for name, template in templates.items()
                ],
                "files": [(name, len(data), 0o644) for name, data in contents],
            }
        ).encode()
        channel = connection.transport.open_session()
        script = SCRIPT.encode()
        channel.exec_command(
            "python3 -S -E -c 'import sys;exec(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())))'"
        )
        channel.sendall(
            b"%d\n%s%d\n%s" % (len(script), script, len(plan), plan)
            + b"".join(data for _name, data in contents)
        )
        output = b""
        while block := channel.recv(65536):
            output += block
        if channel.recv_exit_status() != 0 or b"1048576" not in output:
            raise SystemExit(f"{host['name']}: {output!r} {channel.recv_stderr(4096)!r}")
        connection.close()
        return time.monotonic() - begun

    with ThreadPoolExecutor(len(farm["hosts"])) as pool:
        list(pool.map(one, farm["hosts"]))


if __name__ == "__main__":
    main()
