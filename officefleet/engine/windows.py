"""What the engine has to know of Windows hosts: how variables say how to reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.transports.base import Endpoint
from officefleet.transports.winrm_options import HTTP_PORT, HTTPS_PORT, METHODS, WinrmOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from officefleet.agents.windows_session import WindowsSession
    from officefleet.engine.options import Options
    from officefleet.playbook.model import Keywords
    from officefleet.transports.base import Transport

_SHELLS = ("powershell", "pwsh", "cmd")  # behind sshd either starts powershell.exe


def shell_is_powershell(variables: Mapping[str, Any]) -> bool:
    """Return whether a host's variables say that commands reach a shell of Windows (SSH to Windows)."""
    return (
        "ansible_shell_type" in variables
        and str(variables["ansible_shell_type"]).rpartition(".")[2] in _SHELLS
    )


def endpoint(
    host: str,
    kind: str,
    keywords: Keywords,
    variable: Callable[..., Any],
    options: Options,
    render: Callable[[Any], Any],
) -> Endpoint:
    """Return where and how to reach a Windows host.

    Args:
        host: inventory name.
        kind: "winrm" or "ssh".
        keywords: the task's.
        variable: returns the first of the named connection variables that is set, or None.
        options: the run's.
        render: renders a keyword's value.

    Raises:
        ArgumentError: another transport, a become that Windows does not have, or a variable that makes no sense.

    """
    if kind not in ("ssh", "winrm"):
        raise ArgumentError(_("{host}: no transport named {kind!r}").format(host=host, kind=kind))
    wanted = variable("ansible_become")
    if wanted is None:
        wanted = render(keywords.get("become"))
    if options.become if wanted is None else str(wanted).strip().lower() in ("yes", "true", "on", "1"):
        raise ArgumentError(
            _("{host}: become is not supported on Windows").format(host=host),
            hint=_("connect as the account that may do it, or use a scheduled task (win_scheduled_task)"),
        )
    ssh = kind == "ssh"
    port = variable("ansible_ssh_port" if ssh else "ansible_winrm_port", "ansible_port") or render(
        keywords.get("port")
    )
    prefix = "ansible_ssh" if ssh else "ansible_winrm"
    settings = None if ssh else winrm_options(host, variable, port)
    default = 22 if settings is None else HTTP_PORT if settings.scheme == "http" else HTTPS_PORT
    return Endpoint(
        host=host,
        kind=kind,
        address=str(variable(f"{prefix}_host", "ansible_host") or host),
        port=int(port or default),
        user=str(
            variable(f"{prefix}_user", "ansible_user") or render(keywords.get("remote_user")) or options.user
        ),
        password=str(
            variable(
                *(["ansible_ssh_pass"] if ssh else ["ansible_winrm_password", "ansible_winrm_pass"]),
                "ansible_password",
            )
            or options.password
        ),
        key_file=str(variable("ansible_ssh_private_key_file", "ansible_private_key_file") or options.key_file)
        if ssh
        else "",
        timeout=float(
            variable("ansible_ssh_timeout" if ssh else "ansible_winrm_connection_timeout", "ansible_timeout")
            or options.timeout
        ),
        known_hosts=options.known_hosts,
        check_host_key=options.check_host_keys,
        proxy_jump=str(variable("ansible_proxy_jump") or "") if ssh else "",
        powershell=True,
        winrm=settings,
    )


def winrm_options(host: str, variable: Callable[..., Any], port: Any) -> WinrmOptions:
    """Return a host's WinRM settings.

    Raises:
        ArgumentError: a variable has a value that does not exist, or the timeouts contradict each other.

    """

    def text(name: str, default: str) -> str:
        found = variable(f"ansible_winrm_{name}")
        return default if found is None else str(found)

    def flag(name: str, *, default: bool) -> bool:
        return text(name, str(default)).strip().lower() in ("yes", "true", "on", "1")

    def one_of(name: str, default: str, known: tuple[str, ...]) -> str:
        found = text(name, default)
        if found not in known:
            raise ArgumentError(
                _("{host}: ansible_winrm_{name} is {value!r}; it may be {known}").format(
                    host=host, name=name, value=found, known=", ".join(known)
                )
            )
        return found

    given = variable("ansible_winrm_transport")
    wanted = given if isinstance(given, list) else str(given).split(",") if given else []
    for method in [str(one).strip() for one in wanted]:
        if method not in METHODS:
            raise ArgumentError(
                _("{host}: ansible_winrm_transport knows no {method!r}").format(host=host, method=method),
                hint=_("it may be {known}").format(known=", ".join(METHODS)),
            )
    operation, reading = int(text("operation_timeout_sec", "20")), int(text("read_timeout_sec", "30"))
    if not 0 < operation < reading:
        raise ArgumentError(
            _(
                "{host}: ansible_winrm_read_timeout_sec must be larger than ansible_winrm_operation_timeout_sec"
            ).format(host=host)
        )
    return WinrmOptions(
        scheme=one_of("scheme", "http" if str(port or "") == str(HTTP_PORT) else "https", ("http", "https")),
        path="/" + text("path", "/wsman").strip("/"),
        transport=tuple(str(one).strip() for one in wanted),
        server_cert_validation=one_of("server_cert_validation", "validate", ("validate", "ignore")),
        ca_trust_path=text("ca_trust_path", ""),
        cert_pem=text("cert_pem", ""),
        cert_key_pem=text("cert_key_pem", ""),
        message_encryption=one_of("message_encryption", "auto", ("auto", "always", "never")),
        send_cbt=flag("send_cbt", default=True),
        operation_timeout=operation,
        read_timeout=reading,
        kerberos_delegation=flag("kerberos_delegation", default=False),
        kerberos_hostname_override=text("kerberos_hostname_override", ""),
        service=text("service", "HTTP"),
        proxy=text("proxy", ""),
    )


def session(transport: Transport, content: Callable[[str], bytes | Path]) -> WindowsSession:
    """Return an agent on a Windows host."""
    from officefleet.agents.windows_session import WindowsSession  # noqa: PLC0415  pywinrm is slow to import

    return WindowsSession(transport, content)
