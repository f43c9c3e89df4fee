"""INF files that public packages ship: downloaded by their ordinary clients, parsed, nothing kept.

- linux-doc-6.1 (Debian): Documentation/usb/linux.inf and linux-cdc-acm.inf
- libwine (Debian): wine.inf, 79 sections
- capablerobot-usbregister (PyPI): four templates of libwdi inside its helper program
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

from officefleet.drivers.inf import WindowsVersion, parse_inf_bytes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def _debian(package, folder):
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("needs apt-get and dpkg-deb")
    done = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, check=False)
    files = sorted(folder.glob(f"{package}_*.deb"))
    if done.returncode or not files:
        pytest.skip(f"apt-get cannot download {package} here")
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", files[0]], capture_output=True, check=True).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            if member.isfile() and member.name.lower().endswith((".inf", ".inf.gz")):
                content = archive.extractfile(member).read()
                content = gzip.decompress(content) if member.name.endswith(".gz") else content
                found[member.name.rpartition("/")[2].removesuffix(".gz")] = content
    return found


def test_the_kernels_gadget_drivers(tmp_path):
    files = _debian("linux-doc-6.1", tmp_path)
    serial = parse_inf_bytes(files["linux-cdc-acm.inf"], "linux-cdc-acm.inf")
    assert (serial.class_name, serial.provider) == ("Ports", "Linux Developer Community")
    assert [one.hardware_id for one in serial.models_for(WindowsVersion())] == ["USB\\VID_0525&PID_A4A7"]
    assert not serial.warnings
    network = parse_inf_bytes(files["linux.inf"], "linux.inf")
    assert network.class_name == "Net"
    assert {one.target.architecture for one in network.models} == {"x86", "amd64", "ia64"}


def test_wine(tmp_path):
    inf = parse_inf_bytes(_debian("libwine", tmp_path)["wine.inf"], "wine.inf")
    assert len(inf.document.sections) > 70
    assert "DefaultInstall" in {section.name for section in inf.document.sections.values()}
    unclosed = [one for one in inf.document.warnings if "quotes" in one.message]
    assert not unclosed


def test_the_templates_of_libwdi(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--version"], capture_output=True, check=False, cwd=tmp_path
    )
    pip = [sys.executable, "-m", "pip"] if done.returncode == 0 else [shutil.which("pip3") or "pip3"]
    command = [*pip, "download", "--no-deps", "-q", "-d", ".", "capablerobot-usbregister==1.3.1.2"]
    try:
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    except OSError:
        pytest.skip("needs pip")
    wheels = sorted(tmp_path.glob("*.whl"))
    if done.returncode or not wheels:
        pytest.skip("pip cannot download it here")
    with zipfile.ZipFile(wheels[0]) as archive:
        program = archive.read("capablerobot_usbregister/binaries/wdi-64bit.exe")
    templates = [one for one in re.findall(rb"[\t\r\n -~\xa9]{200,}", program) if b"[Version]" in one]
    assert len(templates) == 4
    for template in templates:
        text = re.sub(rb"#USE_DEVICE_INTERFACE_GUID#", b"", template)
        text = re.sub(rb"#DRIVER_DATE#", b"01/02/2020", text)
        text = re.sub(rb"#DRIVER_VERSION#", b"6.1.7600.16385", text)
        text = re.sub(rb"#DEVICE_HARDWARE_ID#", b"VID_1234&PID_5678", text)
        inf = parse_inf_bytes(text, "template.inf")
        found = inf.models_for(WindowsVersion())
        assert [one.hardware_id for one in found] == ["USB\\VID_1234&PID_5678"]
