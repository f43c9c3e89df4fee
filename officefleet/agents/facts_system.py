"""Facts about users, time, security, name service, boot and the host's own facts. Standard library only."""

from __future__ import annotations

import json
import os

from officefleet.agents.facts_platform import listing
from officefleet.agents.kit import Context, Failed
from officefleet.agents.reading import assignments, read_lines, read_text

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

# include/uapi/linux/capability.h, by bit
_CAPABILITIES = (
    "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
    "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
    "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
    "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
    "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
    "checkpoint_restore",
)  # fmt: skip
_KEY_TYPES = ("dsa", "rsa", "ecdsa", "ed25519")


def user() -> dict[str, Any]:
    """Return who runs the agent."""
    import pwd

    facts: dict[str, Any] = {
        "real_user_id": os.getuid(),
        "effective_user_id": os.geteuid(),
        "real_group_id": os.getgid(),
        "effective_group_id": os.getegid(),
    }
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        return dict(facts, user_id=str(os.geteuid()), user_uid=os.geteuid(), user_gid=os.getegid())
    return dict(
        facts,
        user_id=entry.pw_name,
        user_uid=entry.pw_uid,
        user_gid=entry.pw_gid,
        user_gecos=entry.pw_gecos,
        user_dir=entry.pw_dir,
        user_shell=entry.pw_shell,
    )


def date_time(now: float) -> dict[str, Any]:
    """Return a moment, in seconds since 1970, in the host's time zone."""
    import time

    local, utc = time.localtime(now), time.gmtime(now)
    micro = "%06d" % int(now % 1 * 1000000)

    def text(layout: str) -> str:
        return time.strftime(layout, local)

    return {
        "date_time": {
            "year": text("%Y"),
            "month": text("%m"),
            "weekday": text("%A"),
            "weekday_number": text("%w"),
            "weeknumber": text("%W"),
            "day": text("%d"),
            "hour": text("%H"),
            "minute": text("%M"),
            "second": text("%S"),
            "epoch": str(int(now)),
            "epoch_int": str(int(now)),
            "date": text("%Y-%m-%d"),
            "time": text("%H:%M:%S"),
            "iso8601_micro": time.strftime("%Y-%m-%dT%H:%M:%S.", utc) + micro + "Z",
            "iso8601": time.strftime("%Y-%m-%dT%H:%M:%SZ", utc),
            "iso8601_basic": text("%Y%m%dT%H%M%S") + micro,
            "iso8601_basic_short": text("%Y%m%dT%H%M%S"),
            "tz": text("%Z"),
            "tz_dst": time.tzname[1],
            "tz_offset": text("%z"),
        }
    }


def command_line(text: str) -> dict[str, Any]:
    """Return the kernel's parameters; `proc_cmdline` keeps all values of one that is given twice."""
    import shlex

    try:
        words = shlex.split(text, posix=False)
    except ValueError:
        words = text.split()
    last: dict[str, Any] = {}
    every: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        last[name] = value if equals else True
        if name not in every:
            every[name] = last[name]
        elif isinstance(every[name], list):
            every[name].append(last[name])
        else:
            every[name] = [every[name], last[name]]
    return {"cmdline": last, "proc_cmdline": every}


def name_service(text: str) -> dict[str, Any]:
    """Return what /etc/resolv.conf says."""
    found: dict[str, Any] = {}
    for line in text.splitlines():
        words = line.split()
        if not words[1:] or line.lstrip().startswith(("#", ";")):
            continue
        if words[0] == "nameserver":
            found.setdefault("nameservers", []).extend(words[1:])
        elif words[0] == "domain":
            found["domain"] = words[1]
        elif words[0] in ("search", "sortlist"):
            found[words[0]] = words[1:]
        elif words[0] == "options":
            for word in words[1:]:
                name, colon, value = word.partition(":")
                found.setdefault("options", {})[name] = value if colon else True
    return {"dns": found}


def security() -> dict[str, Any]:
    """Return SELinux and AppArmor."""
    enabled = os.path.exists("/sys/kernel/security/apparmor")
    facts: dict[str, Any] = {
        "apparmor": {"status": "enabled" if enabled else "disabled"},
        "selinux": {"status": "disabled"},
        "selinux_python_present": True,  # Ansible's way to say that `selinux` can be trusted
    }
    enforcing = read_text("/sys/fs/selinux/enforce")
    if enforcing:
        settings = assignments(read_text("/etc/selinux/config"))
        facts["selinux"] = {
            "status": "enabled",
            "mode": "enforcing" if enforcing == "1" else "permissive",
            "config_mode": settings.get("SELINUX", "unknown"),
            "type": settings.get("SELINUXTYPE", "unknown"),
            "policyvers": int(read_text("/sys/fs/selinux/policyvers") or 0),
        }
    return facts


def capabilities() -> dict[str, Any]:
    """Return what the agent's process may do beyond an ordinary one."""
    bits = 0
    for line in read_lines("/proc/self/status"):
        if line.startswith("CapEff:"):
            bits = int(line.split()[1], 16)
    highest = int(read_text("/proc/sys/kernel/cap_last_cap") or len(_CAPABILITIES) - 1)
    everything = bits == (1 << (highest + 1)) - 1
    names = ["cap_" + name for bit, name in enumerate(_CAPABILITIES) if bits >> bit & 1]
    return {
        "system_capabilities": [] if everything else names,
        "system_capabilities_enforced": "False" if everything else "True",
    }


def host_keys() -> dict[str, Any]:
    """Return the SSH server's public keys."""
    facts = {}
    for folder in ("/etc/ssh", "/etc/openssh", "/etc"):
        for kind in _KEY_TYPES:
            words = read_text("%s/ssh_host_%s_key.pub" % (folder, kind)).split()
            if len(words) > 1:
                facts["ssh_host_key_%s_public" % kind] = words[1]
                facts["ssh_host_key_%s_public_keytype" % kind] = words[0]
        if facts:
            break
    return facts


def local(folder: str, context: Context, seconds: float) -> dict[str, Any]:
    """Return {"local": {name: content}} of the folder's ``*.fact`` files; executable ones are run."""
    found = {}
    for file in listing(folder):
        if not file.endswith(".fact"):
            continue
        path = os.path.join(folder, file)
        name = file[: -len(".fact")]
        if os.access(path, os.X_OK):
            try:
                done = context.run([path], timeout=seconds)
            except Failed as error:
                found[name] = "Failure executing fact script (%s), err: %s" % (path, error.msg)
                continue
            if done.rc != 0:
                found[name] = "Failure executing fact script (%s), rc: %s, err: %s" % (
                    path,
                    done.rc,
                    done.err,
                )
                continue
            text = done.out
        else:
            text = read_text(path)
        found[name] = parse_fact(text, path)
    return {"local": found}


def parse_fact(text: str, path: str) -> Any:
    """Return a fact file's content: JSON, else the sections of an INI file, else a sentence that says so."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    import configparser

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error:
        return "%s is neither JSON nor INI" % path
    return {section: dict(parser.items(section)) for section in parser.sections()}
