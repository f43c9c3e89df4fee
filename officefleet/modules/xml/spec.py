"""Look at or change parts of an XML file by XPath.

The host needs lxml (Debian's python3-lxml), as Ansible's module does. The file is written as lxml writes it, only when something changes.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, Field, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text


class XmlArgs(Args):
    """Arguments of xml."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"path": "/etc/lgo.xml", "xpath": "/lgo/poste", "attribute": "nom", "value": "comptoir-1"},
                {"path": "/etc/lgo.xml", "xpath": "/lgo/imprimante", "state": "absent"},
                {"path": "/etc/lgo.xml", "xpath": "/lgo/postes", "add_children": [{"poste": "3"}]},
            ]
        }
    }

    path: Text | None = Field(default=None, validation_alias=AliasChoices("path", "dest", "file"))
    xmlstring: Text | None = None
    xpath: Text | None = None
    namespaces: dict[str, Text] = Field(default_factory=dict)
    state: Literal["present", "absent"] = Field(
        default="present", validation_alias=AliasChoices("state", "ensure")
    )
    value: Any = None
    attribute: Any = None
    add_children: list[Any] | None = None
    set_children: list[Any] | None = None
    count: Bool = False
    print_match: Bool = False
    content: Literal["attribute", "text"] | None = None
    input_type: Literal["xml", "yaml"] = "yaml"
    insertbefore: Bool = False
    insertafter: Bool = False
    pretty_print: Bool = False
    strip_cdata_tags: Bool = False
    backup: Bool = False

    @model_validator(mode="after")
    def _fits(self) -> XmlArgs:
        if (self.path is None) == (self.xmlstring is None):
            raise ValueError("one of the following is required, and not both: path, xmlstring")
        wishes = (self.add_children is not None, self.set_children is not None, self.value is not None,
                  self.content is not None, self.count, self.print_match)  # fmt: skip
        exclusive = [
            name
            for name, given in zip(
                ("add_children", "set_children", "value", "content", "count", "print_match"),
                wishes,
                strict=True,
            )
            if given
        ]
        if len(exclusive) > 1 and set(exclusive) != {"count", "print_match"}:
            raise ValueError("parameters are mutually exclusive: " + "|".join(exclusive))
        if any(wishes) and self.xpath is None:
            raise ValueError(f"missing parameter(s) required by {exclusive[0]!r}: xpath")
        if self.insertbefore and self.insertafter:
            raise ValueError("parameters are mutually exclusive: insertbefore|insertafter")
        return self


SPEC = Spec(kind=Kind.EXECUTE, args=XmlArgs, namespaces=("community.general",))
