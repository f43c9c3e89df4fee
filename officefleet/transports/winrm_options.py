"""How to reach a Windows host over WinRM: the connection variables of Ansible's winrm plugin, typed."""

from __future__ import annotations

from dataclasses import dataclass, field

HTTP_PORT, HTTPS_PORT = 5985, 5986
METHODS = ("ntlm", "kerberos", "basic", "ssl", "plaintext", "certificate")


@dataclass(frozen=True, slots=True)
class WinrmOptions:
    """What a WinRM connection needs beside the endpoint; named as the variables ``ansible_winrm_*``.

    Attributes:
        scheme: "https" or "http".
        path: of the listener's URL.
        transport: authentication methods, tried in order; () means Kerberos when it can be used, then NTLM.
        server_cert_validation: "validate" or "ignore".
        ca_trust_path: file with the authority's certificate, "" for those of certifi (what requests trusts).
        cert_pem: client certificate for the method "certificate".
        cert_key_pem: its key.
        message_encryption: "auto" encrypts over HTTP, "always" over HTTPS too, "never" is refused over HTTP.
        send_cbt: tell the server which certificate was seen (channel binding).
        operation_timeout: seconds that the server may hold a request.
        read_timeout: seconds to wait for an answer; more than `operation_timeout`.
        kerberos_delegation: hand on the ticket.
        kerberos_hostname_override: name in the ticket.
        service: its service class.
        proxy: URL of a proxy, "" for none.

    """

    scheme: str = "https"
    path: str = "/wsman"
    transport: tuple[str, ...] = ()
    server_cert_validation: str = "validate"
    ca_trust_path: str = field(default="", repr=False)
    cert_pem: str = ""
    cert_key_pem: str = ""
    message_encryption: str = "auto"
    send_cbt: bool = True
    operation_timeout: int = 20
    read_timeout: int = 30
    kerberos_delegation: bool = False
    kerberos_hostname_override: str = ""
    service: str = "HTTP"
    proxy: str = ""
