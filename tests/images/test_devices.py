"""Real block devices and a real nginx, where this machine has them."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from officefleet.images.faults import TargetError
from officefleet.images.http_source import HttpSource
from officefleet.images.target import Target

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs loop devices")


@pytest.fixture
def loop(tmp_path):
    """Attach a file of `size` bytes as a disk with sectors of `sector` bytes."""
    attached = []

    def attach(size: int, sector: int = 512) -> tuple[Path, Path]:
        backing = tmp_path / f"backing{len(attached)}"
        with backing.open("wb") as file:
            file.truncate(size)
        done = subprocess.run(
            ["losetup", "--find", "--show", "--sector-size", str(sector), str(backing)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"no loop device: {done.stderr.strip()}")
        attached.append(done.stdout.strip())
        return Path(attached[-1]), backing

    yield attach
    for device in attached:
        subprocess.run(["losetup", "--detach", device], check=True)


@needs_root
@pytest.mark.parametrize("sector", [512, 4096])
def test_a_disk(world, loop, sector) -> None:
    image = world.disk(sector=sector)
    world.publish(image, sector=sector)
    disk, backing = loop(world.SIZE + world.MIB, sector)
    disk.write_bytes(world.random(5, world.SIZE + world.MIB))
    os.sync()
    report = world.restore(disk, initialise_preserved=True)
    assert report.written >= world.SIZE - 65536
    found = backing.read_bytes()
    assert found[65536 : 15 * world.MIB] == image[65536 : 15 * world.MIB]
    assert world.restore(disk).already_right
    with Target(disk) as target:
        assert (target.is_disk, target.size, target.sector) == (True, world.SIZE + world.MIB, sector)


@needs_root
def test_a_disk_with_other_sectors(world, image, loop) -> None:
    world.publish(image)
    disk, backing = loop(world.SIZE, 4096)
    with pytest.raises(TargetError, match="sectors of 4096"):
        world.restore(disk)
    assert not any(backing.read_bytes())


@needs_root
def test_a_mounted_disk(world, image, loop, tmp_path) -> None:
    world.publish(image)
    disk, _backing = loop(world.SIZE)
    subprocess.run(["mkfs.ext4", "-q", disk], check=True)
    place = tmp_path / "mounted"
    place.mkdir()
    subprocess.run(["mount", disk, place], check=True)
    try:
        with pytest.raises(TargetError, match="in use"):
            world.restore(disk)
        (place / "still").write_text("here")
    finally:
        subprocess.run(["umount", place], check=True)


@needs_root
def test_two_restores_of_one_disk(world, image, loop) -> None:
    world.publish(image)
    disk, _backing = loop(world.SIZE)
    with Target(disk), pytest.raises(TargetError, match="in use"):
        world.restore(disk)


@needs_root
def test_a_disk_that_cannot_be_written(world, image, loop) -> None:
    """A backing file cut off behind the device's back: reads and writes past its end fail."""
    world.publish(image)
    disk, backing = loop(world.SIZE)
    os.truncate(backing, 4 * world.MIB)
    with pytest.raises(TargetError, match=r"cannot be (read|written)"):
        world.restore(disk)


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ }}
http {{
    access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{port}; location /images/ {{ alias {root}/; disable_symlinks on; }} }}
}}
"""


@pytest.mark.skipif(shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin") is None, reason="no nginx")
def test_behind_nginx(world, image, tmp_path) -> None:
    world.publish(image)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder = tmp_path / "nginx"
    folder.mkdir()
    config = folder / "conf"
    user = "user root;" if os.geteuid() == 0 else ""
    config.write_text(user + NGINX.format(folder=folder, port=port, root=world.store.root))
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    with subprocess.Popen([program, "-c", config, "-e", folder / "error.log"]) as nginx:
        try:
            source = HttpSource(f"http://127.0.0.1:{port}/images", patience=20)
            target = tmp_path / "disk"
            world.restore(target, create_bytes=world.SIZE, source=source, initialise_preserved=True)
            source.close()
            assert target.read_bytes() == image
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/images/chunks/")
            assert connection.getresponse().status == 403
            connection.close()
        finally:
            nginx.terminate()
            nginx.wait(10)
