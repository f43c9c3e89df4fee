"""Makes what the NAS needs, once: the encryption key, a password a client, the server's certificate."""

from __future__ import annotations

import base64
import hashlib
import os
import pwd
import secrets
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any

from officine_backup.problem import BackupProblem

if TYPE_CHECKING:
    from pathlib import Path

    from officine_backup.config import Config

# Valid from 2000 to 2099: a machine whose clock is wrong by years must still be able to send its backup.
_OPENSSL = """[ca]
default_ca = own
[own]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = {host}
[extensions]
basicConstraints = critical,CA:true
subjectAltName = IP:{address}
"""


def prepare(config: Config, address: str) -> dict[str, Any]:
    """Make what is missing; what is there stays.

    Args:
        config: of the NAS.
        address: the NAS's own, for its certificate.

    Returns:
        ``{"made": [...]}``: names, never contents.

    """
    folder = config.key_file.parent
    made = []
    if not config.key_file.exists():
        _write(config, config.key_file, secrets.token_urlsafe(32) + "\n")
        made.append("key")
    (folder / "clients").mkdir(exist_ok=True, mode=0o700)
    for host in config.clients:
        if not (folder / "clients" / host).exists():
            _write(config, folder / "clients" / host, secrets.token_urlsafe(32) + "\n")
            made.append(host)
    lines = "".join(f"{host}:{_hashed(_password(config, host))}\n" for host in sorted(config.clients))
    if _old(folder / "htpasswd") != lines:
        _write(config, folder / "htpasswd", lines)
        made.append("htpasswd")
    if _old(folder / "address") != address:
        _certificate(config, address)
        _write(config, folder / "address", address)
        made.append("certificate")
    return {"made": made}


def credentials(config: Config, host: str) -> dict[str, str]:
    """Return what a client needs: ``{"key", "password", "certificate"}``. For the role, which never logs it.

    Raises:
        BackupProblem: no such client.

    """
    if host not in config.clients:
        raise BackupProblem("no-client", host=host[:80])
    folder = config.key_file.parent
    return {
        "key": config.key_file.read_text(encoding="ascii").strip(),
        "password": _password(config, host),
        "certificate": (folder / "nas.crt").read_text(encoding="ascii"),
    }


def _password(config: Config, host: str) -> str:
    return (config.key_file.parent / "clients" / host).read_text(encoding="ascii").strip()


def _hashed(password: str) -> str:
    """Return a password as rclone's htpasswd has it; plain SHA-1 is enough for 256 random bits."""
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324  see above


def _old(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""


def _certificate(config: Config, address: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        settings = _OPENSSL.format(folder=place, host=config.host, address=address)
        for name, text in (("openssl.cnf", settings), ("index", "")):
            with open(f"{place}/{name}", "w", encoding="ascii") as file:  # noqa: PTH123  one line
                file.write(text)
        request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        _openssl(place, [*request, "-keyout", "key.pem", "-out", "request.pem", "-config", "openssl.cnf"])
        dates = ["-startdate", "20000101000000Z", "-enddate", "20991231235959Z"]
        sign = ["ca", "-batch", "-selfsign", "-config", "openssl.cnf", "-in", "request.pem", "-notext"]
        _openssl(place, [*sign, "-keyfile", "key.pem", *dates, "-out", "nas.crt"])
        for name in ("key.pem", "nas.crt"):
            with open(f"{place}/{name}", encoding="ascii") as file:  # noqa: PTH123  as above
                _write(config, config.key_file.parent / name.replace("key.pem", "nas.key"), file.read())


def _openssl(place: str, arguments: list[str]) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupProblem("settings-wrong", path="openssl", reason=done.stderr.strip()[-200:])


def _write(config: Config, path: Path, text: str) -> None:
    """Write a secret whole, closed to all but the service's account."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        if config.user and os.geteuid() == 0:
            entry = pwd.getpwnam(config.user)
            os.fchown(file.fileno(), entry.pw_uid, entry.pw_gid)
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
