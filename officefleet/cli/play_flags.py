"""The options that whatever runs playbooks has, under ansible-playbook's names.

Annotations are values in this file: cyclopts reads those of an inherited field in the module of the class that
inherits, where their names mean nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Texts = list[str] | None


def flag(*names: str, help: str | None = None) -> Parameter:  # noqa: A002  cyclopts' word
    """Return an option that has no opposite and whose default its help tells.

    Without `help`, the docstring of the class that has the field tells what it is for; a docstring is not inherited.
    """
    option = Parameter(name=names, negative="", show_default=False)
    return option if help is None else Parameter.combine(option, Parameter(help=help))


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class VaultFlags:
    """Passwords and keys of encrypted files and values."""

    vault_id: Annotated[
        Texts,
        flag(
            "--vault-id",
            help="LABEL@FILE, LABEL@prompt or LABEL@keyring: a vault password and its id; may be repeated.",
        ),
    ] = None
    vault_password_file: Annotated[
        Texts,
        flag(
            "--vault-password-file",
            "--vault-pass-file",
            help="File that holds the vault password, or program that prints it; may be repeated.",
        ),
    ] = None
    ask_vault_pass: Annotated[
        bool, flag("-J", "--ask-vault-pass", "--ask-vault-password", help="Ask for the vault password.")
    ] = False
    age_identity: Annotated[
        Texts,
        flag(
            "--age-identity",
            help="File with age identities (or OFFICEFLEET_AGE_IDENTITY_FILE); may be repeated.",
        ),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PlayFlags(VaultFlags):
    """Which hosts and tasks, as whom, with which variables and secrets."""

    inventory: Annotated[
        Texts,
        flag(
            "-i",
            "--inventory",
            help="Fleet folder, pharmacy folder, Ansible inventory file, or host list ending in a comma.",
        ),
    ] = None
    limit: Annotated[
        str, flag("-l", "--limit", help="Narrow the hosts of every play to this pattern; @FILE reads it.")
    ] = ""
    tags: Annotated[Texts, flag("-t", "--tags", help="Run only tasks with one of these tags.")] = None
    skip_tags: Annotated[Texts, flag("--skip-tags", help="Leave out tasks with one of these tags.")] = None
    extra_vars: Annotated[
        Texts,
        flag(
            "-e",
            "--extra-vars",
            help="name=value pairs, a JSON mapping, or @FILE; stronger than any other variable.",
        ),
    ] = None
    check: Annotated[bool, flag("-C", "--check", help="Predict what would change; change nothing.")] = False
    forks: Annotated[
        int | None, flag("-f", "--forks", help="Hosts worked on at the same time (50, or ANSIBLE_FORKS).")
    ] = None
    user: Annotated[str, flag("-u", "--user", help="Login name (or ANSIBLE_REMOTE_USER).")] = ""
    private_key: Annotated[
        str, flag("--private-key", "--key-file", help="Private key file (or OFFICEFLEET_PRIVATE_KEY).")
    ] = ""
    ask_pass: Annotated[bool, flag("-k", "--ask-pass", help="Ask for the login password.")] = False
    connection: Annotated[
        str, flag("-c", "--connection", help="Use this transport for every host: ssh or local.")
    ] = ""
    timeout: Annotated[float, flag("-T", "--timeout", help="Seconds to wait for a connection.")] = 10.0
    become: Annotated[bool, flag("-b", "--become", help="Run everything as another user.")] = False
    become_user: Annotated[str, flag("--become-user", help="That user.")] = "root"
    ask_become_pass: Annotated[
        bool, flag("-K", "--ask-become-pass", help="Ask for the password of sudo.")
    ] = False
    become_password_file: Annotated[
        Path | None, flag("--become-password-file", "--become-pass-file", help="Read it from a file.")
    ] = None
