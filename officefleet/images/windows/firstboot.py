"""What a Windows poste does for itself before anybody can sign in: accounts, remote access, its host key's rights.

The answer file runs it as SYSTEM in the specialize pass. SetupComplete.cmd and RunOnce run it once more, should that
pass not have: SetupComplete.cmd is ignored where the licence is an OEM's ("Add a custom script to Windows Setup",
learn.microsoft.com), RunOnce waits for an administrator to sign in. The script does nothing when it has been done.
"""

from __future__ import annotations

from importlib import resources

FOLDER = "ProgramData/officefleet"
SCRIPT = f"{FOLDER}/firstboot.ps1"
COMMAND = (
    "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass"
    ' -File "%ProgramData%\\officefleet\\firstboot.ps1"'
)
SETUP_COMPLETE = "Windows/Setup/Scripts/SetupComplete.cmd"


def files(account: str, authorized_keys: tuple[str, ...], recovery_certificate: str) -> dict[str, bytes]:
    """Return what is written for the first boot: place below the Windows partition, content."""
    found = {
        SCRIPT: _windows_text(resources.files(__package__).joinpath("firstboot.ps1").read_text("ascii")),
        f"{FOLDER}/account.txt": _windows_text(f"{account}\n"),
        SETUP_COMPLETE: _windows_text(f"@{COMMAND}\n"),
    }
    if recovery_certificate:
        found[f"{FOLDER}/recovery.cer"] = _windows_text(recovery_certificate)
    if authorized_keys:
        lines = "".join(f"{one}\n" for one in authorized_keys)
        found["ProgramData/ssh/administrators_authorized_keys"] = _windows_text(lines)
    return found


def _windows_text(text: str) -> bytes:
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode("ascii")
