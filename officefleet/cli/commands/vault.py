"""``officefleet vault``: encrypt and decrypt files and values, in ansible-vault's format or with age."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from officefleet.cli.play_flags import VaultFlags
from officefleet.errors import ExitCode, Mark, SecretError, UsageError
from officefleet.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from officefleet.source.secrets import Secret, Vaults

command = App(name="vault", help="Encrypt and decrypt files and values, as ansible-vault does, or with age.")

_INDENT = " " * 10
_STDIN = Path("-")
_AGE = ".age"

Texts = list[str] | None
Output = Annotated[Path | None, Parameter(name="--output")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SealFlags:
    """With what to encrypt.

    Attributes:
        encrypt_vault_id: Vault id to encrypt under when several are known.
        recipient: Encrypt with age to this recipient; may be repeated.
        pharmacy: Encrypt with age to this pharmacy's recipient (age_recipient of its pharmacy.yml); may be repeated.
        inventory: Fleet folder that knows the pharmacies.

    """

    encrypt_vault_id: Annotated[str, Parameter(name="--encrypt-vault-id")] = ""
    recipient: Annotated[Texts, Parameter(name="--recipient", negative="")] = None
    pharmacy: Annotated[Texts, Parameter(name="--pharmacy", negative="")] = None
    inventory: Annotated[Texts, Parameter(name=("-i", "--inventory"), negative="")] = None


_VAULT = VaultFlags()
_SEAL = SealFlags()


@command.command
def encrypt(*files: Path, output: Output = None, flags: VaultFlags = _VAULT, seal: SealFlags = _SEAL) -> int:
    """Encrypt files in place; with age, FILE becomes FILE.age.

    Args:
        files: Files; none or - reads standard input and writes standard output.
        output: Write there instead; - is standard output.
        flags: See `VaultFlags`.
        seal: See `SealFlags`.

    """
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help
    from officefleet.cli.vaulting import keys  # noqa: PLC0415  see above
    from officefleet.source.secrets import is_sealed  # noqa: PLC0415  see above

    _one_output(files, output)
    to = keys.recipients(seal.recipient or (), seal.pharmacy or (), seal.inventory)
    secret = None if to else keys.vault_secret(_vaults(flags), seal.encrypt_vault_id)
    for file, data in _contents(files):
        if is_sealed(data):
            raise SecretError(_("it is encrypted already"), mark=Mark(str(file)))
        made = keys.sealed(data, secret, to)
        renamed = to and output is None and file != _STDIN
        _put(made, output or (file.with_name(file.name + _AGE) if renamed else file))
        if renamed:
            writing.remove(file)
    return ExitCode.OK


@command.command
def decrypt(*files: Path, output: Output = None, flags: VaultFlags = _VAULT) -> int:
    """Decrypt files in place; FILE.age becomes FILE.

    Args:
        files: Files; none or - reads standard input and writes standard output.
        output: Write there instead; - is standard output.
        flags: See `VaultFlags`.

    """
    _one_output(files, output)
    vaults = _vaults(flags)
    for file, data in _contents(files):
        plain = vaults.open(_must_be_sealed(data, file), Mark(str(file)))
        renamed = output is None and file.suffix == _AGE
        _put(plain, output or (file.with_suffix("") if renamed else file))
        if renamed:
            file.unlink()
    return ExitCode.OK


@command.command
def view(*files: Path, flags: VaultFlags = _VAULT) -> int:
    """Print what files hold, decrypted.

    Args:
        files: Files; none or - reads standard input.
        flags: See `VaultFlags`.

    """
    vaults = _vaults(flags)
    for file, data in _contents(files):
        _put(vaults.open(_must_be_sealed(data, file), Mark(str(file))), _STDIN)
    return ExitCode.OK


@command.command
def edit(file: Path, *, flags: VaultFlags = _VAULT, seal: SealFlags = _SEAL) -> int:
    """Edit an encrypted file with EDITOR; it is encrypted anew under the password or the recipients that it had.

    Args:
        file: File.
        flags: See `VaultFlags`.
        seal: See `SealFlags`; a file of age takes the recipient of the pharmacy in whose folder it is.

    """
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help
    from officefleet.cli.vaulting import keys  # noqa: PLC0415  see above

    plain, secret, to = _opened(file, _vaults(flags), seal)
    made = writing.edited(plain, Path(file.name.removesuffix(_AGE)).suffix)
    if made != plain:
        _put(keys.sealed(made, secret, to), file)
    return ExitCode.OK


@command.command
def rekey(
    *files: Path,
    new_vault_id: Annotated[str, Parameter(name="--new-vault-id")] = "",
    new_vault_password_file: Annotated[str, Parameter(name="--new-vault-password-file")] = "",
    flags: VaultFlags = _VAULT,
    seal: SealFlags = _SEAL,
) -> int:
    """Encrypt files anew under another password or to other recipients.

    Args:
        files: Files.
        new_vault_id: LABEL@FILE, LABEL@prompt or LABEL@keyring: the new password and its id.
        new_vault_password_file: File that holds the new password, or program that prints it.
        flags: See `VaultFlags`: what opens the files now.
        seal: See `SealFlags`: the new recipients, for age.

    """
    from officefleet.cli.vault_flags import ask  # noqa: PLC0415  not needed by --help
    from officefleet.cli.vaulting import keys  # noqa: PLC0415  see above
    from officefleet.source.secrets.passwords import secret as named  # noqa: PLC0415  see above

    if not files:
        raise UsageError(_("no file"))
    vaults = _vaults(flags)
    plain = [vaults.open(_must_be_sealed(data, file), Mark(str(file))) for file, data in _contents(files)]
    to = keys.recipients(seal.recipient or (), seal.pharmacy or (), seal.inventory)
    new = None
    if not to:
        source = new_vault_id or (f"default@{new_vault_password_file}" if new_vault_password_file else "")
        new = named(source, ask) if source else keys.asked("default")
    for file, content in zip(files, plain, strict=True):
        _put(keys.sealed(content, new, to), file)
    return ExitCode.OK


@command.command(name=("encrypt-string", "encrypt_string"))
def encrypt_string(
    *text: str,
    name: Annotated[Texts, Parameter(name=("-n", "--name"), negative="")] = None,
    stdin_name: Annotated[str, Parameter(name="--stdin-name")] = "",
    prompt: Annotated[bool, Parameter(name=("-p", "--prompt"), negative="")] = False,
    output: Output = None,
    flags: VaultFlags = _VAULT,
    seal: SealFlags = _SEAL,
) -> int:
    """Encrypt values and print them as YAML, for a variables file.

    Args:
        text: Values; none reads one from standard input, as it is (texts given here stay in the shell's history).
        name: Name of the variable; may be repeated, for each text in turn.
        stdin_name: Name of the variable that is read from standard input.
        prompt: Ask for the value, without echo.
        output: Write there instead of to the screen.
        flags: See `VaultFlags`.
        seal: See `SealFlags`.

    """
    from officefleet.cli.vault_flags import ask  # noqa: PLC0415  not needed by --help
    from officefleet.cli.vaulting import keys  # noqa: PLC0415  see above

    to = keys.recipients(seal.recipient or (), seal.pharmacy or (), seal.inventory)
    secret = None if to else keys.vault_secret(_vaults(flags), seal.encrypt_vault_id)
    values = [one.encode() for one in text]
    names = list(name or ())
    if prompt:
        values.append(ask(_("Value to encrypt: ")).encode())
    if stdin_name or not values:
        values.append(sys.stdin.buffer.read())
        names += [""] * (len(values) - 1 - len(names)) + [stdin_name] * bool(stdin_name)
    blocks = [
        _block(
            keys.sealed(value, secret, to), names[at] if at < len(names) else "", "!age" if to else "!vault"
        )
        for at, value in enumerate(values)
    ]
    _put("".join(blocks).encode(), output or _STDIN)
    return ExitCode.OK


@command.command
def keygen(file: Path) -> int:
    """Make an age key: FILE gets the identity, the recipient is printed.

    Args:
        file: File of the identity; must not exist.

    """
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help
    from officefleet.source.secrets import age  # noqa: PLC0415  see above

    if file.exists():
        raise UsageError(_("{file} exists").format(file=file), hint=_("a key is never overwritten"))
    identity, recipient = age.keygen()
    writing.write(file, f"# public key: {recipient}\n{identity}\n".encode())
    sys.stdout.write(recipient + "\n")
    return ExitCode.OK


def _vaults(flags: VaultFlags) -> Vaults:
    from officefleet.cli.vault_flags import vaults  # noqa: PLC0415  not needed by --help

    return vaults(flags)


def _opened(file: Path, vaults: Vaults, seal: SealFlags) -> tuple[bytes, Secret | None, Sequence[str]]:
    """Return a file's plain content with what it is to be encrypted with again."""
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help
    from officefleet.cli.vaulting import keys  # noqa: PLC0415  see above
    from officefleet.source.secrets import age  # noqa: PLC0415  see above

    data, mark = _must_be_sealed(writing.read(file), file), Mark(str(file))
    if not age.is_age(data):
        plain, secret = vaults.open_vault(data, mark)
        chosen = keys.vault_secret(vaults, seal.encrypt_vault_id) if seal.encrypt_vault_id else secret
        return plain, chosen, ()
    to = keys.recipients(seal.recipient or (), seal.pharmacy or (), seal.inventory) or keys.recipients_near(
        file
    )
    if not to:
        raise UsageError(
            _("age does not tell to whom a file was encrypted"), hint=_("name --recipient or --pharmacy")
        )
    return vaults.open(data, mark), None, to


def _contents(files: Sequence[Path]) -> list[tuple[Path, bytes]]:
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help

    return [
        (file, sys.stdin.buffer.read() if file == _STDIN else writing.read(file))
        for file in files or (_STDIN,)
    ]


def _must_be_sealed(data: bytes, file: Path) -> bytes:
    from officefleet.source.secrets import is_sealed  # noqa: PLC0415  not needed by --help

    if not is_sealed(data):
        raise SecretError(_("it is not encrypted"), mark=Mark(str(file)))
    return data


def _one_output(files: Sequence[Path], output: Path | None) -> None:
    if output is not None and len(files) > 1:
        raise UsageError(_("--output takes one file"), hint=_("leave it out to write files in place"))


def _put(data: bytes, target: Path) -> None:
    from officefleet.cli.vaulting import files as writing  # noqa: PLC0415  not needed by --help

    if target == _STDIN:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        writing.write(target, data)


def _block(data: bytes, name: str, tag: str) -> str:
    lines = "".join(f"{_INDENT}{line}\n" for line in data.decode().splitlines())
    return f"{name}: {tag} |\n{lines}" if name else f"{tag} |\n{lines}"
