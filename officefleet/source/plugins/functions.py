"""The names that templates can call: lookup, query, q, now, undef."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context, pass_environment

from officefleet.i18n import _

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

    from officefleet.source.plugins.kinds import Plugin
    from officefleet.source.plugins.lookups import Lookups


def now(utc: bool = False, fmt: str | None = None) -> Any:  # noqa: FBT001, FBT002  playbooks pass it by position
    """Return the present moment, or a text of it as a ``strftime`` format says."""
    moment = datetime.now(UTC).replace(tzinfo=None) if utc else datetime.now()  # noqa: DTZ005  naive, as playbooks compare them
    return moment.strftime(fmt) if fmt else moment


@pass_environment
def undef(environment: Environment, hint: str | None = None) -> Any:
    """Return an undefined value: any use of it is an error that shows `hint`."""
    return environment.undefined(hint or _("Mandatory variable has not been overridden"))


def calls(lookups: Lookups) -> dict[str, Plugin]:
    """Return the functions by name."""

    @pass_context
    def lookup(context: Context, name: str, *terms: Any, **options: Any) -> Any:
        """Return what a lookup finds: texts joined by commas, one value as it is, else a list."""
        return lookups.call(context, name, terms, options)

    @pass_context
    def query(context: Context, name: str, *terms: Any, **options: Any) -> Any:
        """Return what a lookup finds, always as a list."""
        return lookups.call(context, name, terms, {**options, "wantlist": True})

    return {"lookup": lookup, "now": now, "q": query, "query": query, "undef": undef}
