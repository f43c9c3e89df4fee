from __future__ import annotations

import re

from officefleet.agents.kit import Failed
from officefleet.agents.steps import step

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_DAY = 86400
_HIDDEN = "(hidden)"
# argument -> option of chage, field of /etc/shadow
_AGES = (
    ("password_expire_max", "-M", "maximum"),
    ("password_expire_min", "-m", "minimum"),
    ("password_expire_warn", "-W", "warning"),
    ("password_expire_account_disable", "-I", "inactive"),
)


def plan(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """`state` is what `posix.read` returns: "user" (None when absent), "shadow", "groups", wanted groups' names."""
    if args["state"] == "absent":
        return removal(state, args)
    changes = creation(state, args) if state["user"] is None else modification(state, args)
    return [*changes, *password(state, args), *ages(state, args), *ssh_key(state, args)]


def removal(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if state["user"] is None:
        return []
    words = [*(["-f"] if args["force"] else []), *(["-r"] if args["remove"] else [])]
    return [
        step(
            "userdel",
            *words,
            args["name"],
            path=args["name"],
            before={"name": args["name"], "uid": state["user"]["uid"]},
            after={"name": None, "uid": None},
        )
    ]


def creation(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    words = number(args)
    if args["group"] is not None:
        words += ["-g", str(state["wanted_gid"])]
    elif state["same_group"]:
        words.append("-N")  # useradd would refuse to make the user's own group a second time
    if state["wanted_groups"]:
        words += ["-G", ",".join(state["wanted_groups"])]
    for name, option in (("comment", "-c"), ("home", "-d"), ("shell", "-s"), ("seuser", "-Z")):
        if args[name] is not None:
            words += [option, args[name]]
    if args["expires"] is not None:
        words += ["-e", date(args["expires"])]
    words += home_words(args)
    if args["system"]:
        words.append("-r")
    for limit in ("uid_min", "uid_max"):
        if args[limit] is not None:
            words += ["-K", "%s=%d" % (limit.upper(), args[limit])]
    after = expected(state, args)
    return [
        step("useradd", *words, args["name"], path=args["name"], before=dict.fromkeys(after), after=after)
    ]


def number(args: dict[str, Any]) -> list[str]:
    if args["uid"] is None:
        return []
    return ["-u", str(args["uid"]), *(["-o"] if args["non_unique"] else [])]


def home_words(args: dict[str, Any]) -> list[str]:
    if not args["create_home"]:
        return ["-M"]
    words = ["-m"]
    if args["skeleton"] is not None:
        words += ["-k", args["skeleton"]]
    if args["umask"] is not None:
        words += ["-K", "UMASK=" + args["umask"]]
    return words


def modification(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    words: list[str] = []
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, old, new, options in wishes(state, args):
        if old != new:
            before[name], after[name] = old, new
            words += options
    changes = []
    if words:
        changes = [step("usermod", *words, args["name"], path=args["name"], before=before, after=after)]
    if args["create_home"] and not state["home_exists"] and not (args["move_home"] and "home" in after):
        changes.append(home(state, args))
    return changes


def wishes(state: dict[str, Any], args: dict[str, Any]) -> list[tuple[str, Any, Any, list[str]]]:
    """Return (name, value now, value wanted, usermod's options for it) of what `args` mention."""
    user = state["user"]
    found: list[tuple[str, Any, Any, list[str]]] = []
    if args["uid"] is not None:
        found.append(("uid", user["uid"], args["uid"], number(args)))
    if args["group"] is not None:
        found.append(("group", user["gid"], state["wanted_gid"], ["-g", str(state["wanted_gid"])]))
    if args["groups"] is not None:
        wanted = groups_after(state, args)
        found.append(("groups", state["groups"], wanted, ["-G", ",".join(wanted)]))
    for name, option in (("comment", "-c"), ("home", "-d"), ("shell", "-s")):
        if args[name] is not None:
            move = ["-m"] if name == "home" and args["move_home"] else []
            found.append((name, user[name], args[name], [option, args[name], *move]))
    if args["expires"] is not None:
        now = state["shadow"].get("expires", "")
        found.append(("expires", now, days(args["expires"]), ["-e", date(args["expires"])]))
    return found


def home(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the change that makes the home folder of a user that is there."""
    return {
        "op": "home",
        "path": args["home"] or state["user"]["home"],
        "name": args["name"],
        "skeleton": args["skeleton"] or state["defaults"]["skeleton"],
        "mode": 0o777 & ~int(args["umask"], 8) if args["umask"] else int(state["defaults"]["mode"], 8),
        "before": {"home_exists": False},
        "after": {"home_exists": True},
    }


def groups_after(state: dict[str, Any], args: dict[str, Any]) -> list[str]:
    wanted = set(state["wanted_groups"])
    if args["append"]:
        wanted |= set(state["groups"])
    return sorted(wanted)


def password(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the change of the password's hash, locked by a leading "!" when it is to be."""
    now = state["shadow"].get("password", "!")
    new = state["user"] is None
    wanted = now
    if args["password"] is not None and (new or args["update_password"] != "on_create"):  # noqa: S105  a mode
        locked = args["password_lock"]
        if locked is None and not new:
            locked = False if args["password"] != now.lstrip("!") else now.startswith("!")
        wanted = args["password"]
        if locked and not wanted.startswith("!"):
            wanted = "!" + wanted
    elif args["password_lock"] is True and not now.startswith("!"):
        wanted = "!" + now
    elif args["password_lock"] is False and now.lstrip("!") and now.startswith("!"):
        wanted = now.lstrip("!")  # an account without any password stays locked
    if wanted == now or not wanted:
        return []
    fact = {"password": _HIDDEN if wanted.lstrip("!") != now.lstrip("!") else locked_text(now)}
    after = {"password": "(another, hidden)" if fact["password"] == _HIDDEN else locked_text(wanted)}
    return [
        step(
            "chpasswd",
            "-e",
            path=args["name"],
            stdin="%s:%s\n" % (args["name"], wanted),
            before=fact,
            after=after,
        )
    ]


def locked_text(value: str) -> str:
    return "locked" if value.startswith("!") else "unlocked"


def ages(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    words, before, after = [], {}, {}
    for name, option, field in _AGES:
        if args[name] is None:
            continue
        now = state["shadow"].get(field, "")
        wanted = "" if args[name] < 0 else str(args[name])
        if now != wanted:
            words += [option, str(args[name])]
            before[name], after[name] = now, wanted
    return (
        [step("chage", *words, args["name"], path=args["name"], before=before, after=after)] if words else []
    )


def ssh_key(state: dict[str, Any], args: dict[str, Any]) -> list[dict[str, Any]]:
    if not args["generate_ssh_key"] or (state["key_exists"] and not args["force"]):
        return []
    if not re.match(r"^[a-z0-9-]+$", args["ssh_key_type"]):
        raise Failed("bad ssh_key_type: %s" % args["ssh_key_type"])
    path = key_file(state, args)
    return [
        {
            "op": "key",
            "path": path,
            "name": args["name"],
            "type": args["ssh_key_type"],
            "bits": args["ssh_key_bits"],
            "comment": args["ssh_key_comment"],
            "passphrase": args["ssh_key_passphrase"] or "",
            "before": {"ssh_key": bool(state["key_exists"])},
            "after": {"ssh_key": True},
        }
    ]


def key_file(state: dict[str, Any], args: dict[str, Any]) -> str:
    folder: str = expected(state, args)["home"]
    name: str = args["ssh_key_file"] or ".ssh/id_" + args["ssh_key_type"]
    return name if name.startswith("/") else folder.rstrip("/") + "/" + name


def days(seconds: float) -> str:
    """Return the shadow file's day of a moment, "" for never."""
    return "" if seconds < 0 else str(int(seconds // _DAY))


def date(seconds: float) -> str:
    """Return a moment's day as useradd takes it, "" for never."""
    import time

    return "" if seconds < 0 else time.strftime("%Y-%m-%d", time.gmtime(seconds))


def expected(state: dict[str, Any], args: dict[str, Any]) -> dict[str, Any]:
    """Return the account as it will be; a number that the host will choose is not in it."""
    user = state["user"]
    if user is None:
        home = args["home"] or state["defaults"]["home"].rstrip("/") + "/" + args["name"]
        user = {"comment": "", "home": home, "shell": state["defaults"]["shell"]}
    found = {
        name: args[name] if args[name] is not None else user[name] for name in ("comment", "home", "shell")
    }
    uid = args["uid"] if args["uid"] is not None else user.get("uid")
    gid = state["wanted_gid"] if args["group"] is not None else user.get("gid")
    if uid is not None:
        found["uid"] = uid
    if gid is not None:
        found["group"] = gid
    return found


def result(state: dict[str, Any], args: dict[str, Any], changes: list[dict[str, Any]]) -> dict[str, Any]:
    if args["state"] == "absent":
        how = {"force": args["force"], "remove": args["remove"]} if changes else {}
        return dict(how, name=args["name"], state="absent")
    found = dict(expected(state, args), name=args["name"], state="present")
    if state["user"] is None:
        found.update(system=args["system"], create_home=args["create_home"])
    else:
        found.update(append=args["append"], move_home=args["move_home"])
    if args["groups"] is not None:
        found["groups"] = ",".join(args["groups"])
    if args["password"] is not None:
        found["password"] = "NOT_LOGGING_PASSWORD"  # noqa: S105  the very words of Ansible's result
    if args["generate_ssh_key"]:
        found["ssh_key_file"] = key_file(state, args)
    return found
