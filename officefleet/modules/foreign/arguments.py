"""Run a module of the playbook's own ``library/``.

A Python module that imports ``ansible.module_utils`` needs ansible-core on the controller (its module_utils travel along)
or on the host. Modules that take JSON (``WANT_JSON``), JSON in their text, ``name=value`` pairs in a file, and binaries work
without.
"""

from __future__ import annotations

from pydantic import ConfigDict

from officefleet.modules.spec import Args, Kind, Spec


class ForeignArgs(Args):
    """Whatever the module takes."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra={"examples": [{"name": "poste"}]})


SPEC = Spec(kind=Kind.EXECUTE, args=ForeignArgs, accepts_any=True, facts="facts", namespaces=())
