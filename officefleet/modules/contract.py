"""What the engine lends to a module's ``controller.py``.

``prepare(args, controller) -> Prepared`` turns a task's arguments into the step that goes to the host.
``finish(args, result, controller) -> dict`` may complete the host's result (fetch writes a file).
``act(args, controller) -> dict`` is the whole of an ACTION module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step for the host: which module, with which JSON arguments; `extra` is merged into its result."""

    module: str
    args: dict[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reach:
    """How a program of the system, such as ssh, gets to a host.

    Attributes:
        host: inventory name.
        local: the host is the controller itself; nothing else counts then but `become`.
        address: name or address to connect to.
        port: TCP port.
        user: login name, "" for ssh's own choice.
        key_file: private key, "" for ssh's own choice.
        known_hosts: files with recorded host keys.
        check_host_key: False accepts any key.
        proxy_jump: "user@gateway:port" or "".
        timeout: seconds to wait for the connection.
        password: True when the run logs in with a password.
        become: words before a command that run it as the task's user; they never ask for a password.

    """

    host: str
    local: bool
    address: str
    port: int = 22
    user: str = ""
    key_file: str = ""
    known_hosts: tuple[str, ...] = ()
    check_host_key: bool = True
    proxy_jump: str = ""
    timeout: float = 10.0
    password: bool = False
    become: tuple[str, ...] = ()


class Controller(Protocol):
    """One task on one host, seen from the controller."""

    @property
    def host(self) -> str:
        """The host's inventory name."""

    @property
    def check(self) -> bool:
        """True when nothing may be changed."""

    @property
    def diff(self) -> bool:
        """True when before and after are wanted."""

    @property
    def windows(self) -> bool:
        """True when the task acts on a Windows host."""

    @property
    def variables(self) -> Mapping[str, Any]:
        """The host's variables as the task sees them; values are rendered on access."""

    def find(self, name: str, folder: str) -> Path:
        """Return the file that a task names: in the role's and the playbook's `folder`, then beside.

        Raises:
            ArgumentError: nowhere; the hint lists the places.

        """

    def plain(self, path: Path) -> bytes | Path:
        """Return a file as it is, or the plain content of one that is encrypted with ansible-vault or age.

        Raises:
            SecretError: no password or key opens it.

        """

    def attach(self, content: bytes | Path) -> dict[str, Any]:
        """Offer content to the host by hash; return {"_blob": sha256, "_size": bytes, "_sha1": hex}."""

    def render(self, value: Any, extra: Mapping[str, Any] | None = None) -> Any:
        """Return a value with its templates rendered (typed: a lone ``{{ x }}`` keeps x's type)."""

    def render_file(
        self, path: Path, options: Mapping[str, Any], extra: Mapping[str, Any] | None = None
    ) -> str:
        """Return a file rendered; options: trim_blocks, lstrip_blocks, newline_sequence, *_string."""

    def evaluate(self, condition: Any) -> bool:
        """Return whether a condition (text, list of texts or boolean) holds.

        Raises:
            TemplateError: it cannot be evaluated or is not a boolean.

        """

    def load_variables(self, path: Path) -> Any:
        """Return the document of a YAML or JSON file with vaulted parts readable; None for an empty file.

        Raises:
            SourceError: unreadable, malformed, or no vault password fits.

        """

    @property
    def delegated(self) -> bool:
        """True when the task is delegated, even to its own host."""

    def reach(self, *, delegated: bool = False) -> Reach:
        """Return how the task's own host is reached, or the one that it is delegated to.

        Raises:
            ArgumentError: a connection variable is wrong.

        """

    def run_on_host(
        self, module: str, args: Mapping[str, Any], timeout: float = 0, *, as_login: bool = False
    ) -> dict[str, Any]:
        """Run a module on the host in the middle of an ACTION and return its result.

        Args:
            module: folder's name of a STATE or EXECUTE module.
            args: arguments as a playbook writes them; they are validated here.
            timeout: seconds until the step counts as failed; 0 waits for ever.
            as_login: run it as the login user, whatever the task's become says.

        Raises:
            ArgumentError: the module refuses the arguments.
            TransportError: the connection broke before the result came (a reboot does that).

        """

    def reset_connection(self) -> None:
        """Close the connection to the host; the next step opens another one."""

    def wait_until_reachable(self, timeout: float, delay: float = 0) -> None:
        """Wait `delay` seconds, then until the host's agent answers over a new connection.

        Raises:
            UnreachableError: it did not within `timeout` seconds after the delay.

        """
