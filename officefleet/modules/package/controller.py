"""What package does on the controller: it hands the task to the package manager's own module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from officefleet.errors import ArgumentError
from officefleet.i18n import _
from officefleet.modules.apt.spec import AptArgs
from officefleet.modules.contract import Prepared
from officefleet.modules.win_package.spec import WinPackageArgs

if TYPE_CHECKING:
    from officefleet.modules.contract import Controller
    from officefleet.modules.package.spec import PackageArgs

_STATES = {"installed": "present", "removed": "absent"}


def prepare(args: PackageArgs, controller: Controller) -> Prepared:
    """Return apt's step.

    Raises:
        ArgumentError: another package manager is asked for or is the host's, or apt refuses the arguments.

    """
    if controller.windows:
        return _for_windows(args)
    manager = args.use
    if manager == "auto":
        manager = (controller.variables.get("ansible_facts") or {}).get("pkg_mgr", "apt")
    if manager not in ("apt", "apt-get", "ansible.builtin.apt"):
        raise ArgumentError(
            _("the package manager {name} is not supported").format(name=manager),
            hint=_("Debian's apt is; for another system use command"),
        )
    state = _STATES.get(args.state, args.state)
    try:
        wanted = AptArgs.model_validate({"name": args.name, "state": state} | args.others)
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ArgumentError(_("apt refuses the arguments: {details}").format(details=details)) from None
    return Prepared("apt", wanted.model_dump())


def _for_windows(args: PackageArgs) -> Prepared:
    """Return win_package's step: the name is the product's ID, further arguments are win_package's own.

    Raises:
        ArgumentError: more than one name, or win_package refuses the arguments.

    """
    if len(args.name) != 1 or args.use not in ("auto", "win_package"):
        raise ArgumentError(
            _("on Windows, package takes one name: the product's ID"),
            hint=_("use win_package, once for each product"),
        )
    state = _STATES.get(args.state, args.state)
    try:
        wanted = WinPackageArgs.model_validate({"product_id": args.name[0], "state": state} | args.others)
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ArgumentError(
            _("win_package refuses the arguments: {details}").format(details=details)
        ) from None
    return Prepared("win_package", wanted.model_dump(mode="json"))
