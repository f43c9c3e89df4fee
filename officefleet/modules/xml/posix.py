"""xml on a POSIX host."""

from __future__ import annotations

import copy
import os
import re

from officefleet.agents import files, writing
from officefleet.agents.kit import Context, Failed, Undecidable

TYPE_CHECKING = False  # typing costs an agent several milliseconds at its start
if TYPE_CHECKING:
    from typing import Any

_STEP = re.compile(r"^(?P<parent>.*)/(?P<name>@?(?:[\w.-]+:)?[\w.-]+)(?P<conditions>\[.*\])?$")


def run(args: dict[str, Any], context: Context) -> dict[str, Any]:
    document = Document(args, context)
    actions = {"xpath": args["xpath"], "namespaces": args["namespaces"], "state": args["state"]}
    result: dict[str, Any] = {"changed": False, "actions": actions}
    if args["count"] or args["print_match"] or args["content"]:
        return document.look(result)
    before = document.text()
    document.change()
    after = document.text()
    if args["pretty_print"]:
        after = document.text(pretty=True)
        before = document.original if document.original is not None else before
    result["changed"] = before != after
    if args["xmlstring"] is not None:
        return dict(result, xmlstring=after)
    if result["changed"] and not context.check:
        result.update(document.write(after))
    if context.diff:
        result["diff"] = {"before": before, "after": after}
    return result


def library(context: Context) -> Any:
    """Return lxml.etree. The agent starts without the system's packages, which cost it time; they are added here.

    Raises:
        Failed: the host does not have it.
        Undecidable: likewise in check mode.

    """
    import importlib
    import site

    try:
        site.main()
        return importlib.import_module("lxml.etree")
    except ImportError:
        if context.check:
            raise Undecidable("lxml is not installed yet; an earlier task may bring it") from None
        where = os.uname().nodename
        raise Failed("Failed to import the required Python library (lxml) on %s's Python" % where) from None


class Document:
    """One parsed document and what a task wants of it."""

    def __init__(self, args: dict[str, Any], context: Context) -> None:
        self.args = args
        self.context = context
        etree = self.etree = library(context)
        self.original: str | None = None
        parser = etree.XMLParser(
            remove_blank_text=args["pretty_print"], strip_cdata=args["strip_cdata_tags"], resolve_entities=False,
            no_network=True,
        )  # fmt: skip
        try:
            if args["path"] is not None:
                self.path = files.expand(args["path"])
                if not os.path.isfile(self.path):
                    self._absent()
                self.original = files.read_bytes(self.path).decode("utf-8", "surrogateescape")
                self.tree: Any = etree.parse(self.path, parser)
            else:
                self.path = ""
                self.tree = etree.ElementTree(etree.fromstring(args["xmlstring"].encode(), parser))
        except etree.XMLSyntaxError as error:
            raise Failed(
                "Error while parsing document: %s (%s)" % (args["path"] or "xml_string", error)
            ) from None

    def _absent(self) -> None:
        if self.context.check:
            raise Undecidable("%s does not exist yet" % self.path)
        raise Failed("The target XML source '%s' does not exist." % self.path)

    def text(self, *, pretty: bool = False) -> str:
        """Return the document as it is written."""
        data: bytes = self.etree.tostring(
            self.tree,
            xml_declaration=True,
            encoding="UTF-8",
            pretty_print=pretty or self.args["pretty_print"],
        )
        return data.decode()

    def write(self, text: str) -> dict[str, Any]:
        """Replace the file; return {"backup_file"} where a backup was made."""
        outcome = {"backup_file": writing.backup(self.path)} if self.args["backup"] else {}
        writing.write_atomic(self.path, text.encode())
        return outcome

    def find(self, xpath: str) -> list[Any]:
        """Return what an XPath selects.

        Raises:
            Failed: it cannot be understood.

        """
        try:
            found = self.tree.xpath(xpath, namespaces=self.args["namespaces"])
        except self.etree.XPathError as error:
            raise Failed("Syntax error in xpath expression: %s (%s)" % (xpath, error)) from None
        return found if isinstance(found, list) else [found]

    def look(self, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a task that changes nothing."""
        args = self.args
        found = self.find(args["xpath"])
        if args["count"]:
            result.update(count=len(found), msg="found %d nodes" % len(found))
        if args["print_match"]:
            paths = ", ".join('"%s"' % self.tree.getpath(one) for one in found)
            result.update(matches=[], msg="selector '%s' match: [%s]" % (args["xpath"], paths))
        if args["content"] == "attribute":
            result["matches"] = [{one.tag: dict(one.attrib)} for one in found]
            result["count"] = result["msg"] = len(found)
        elif args["content"] == "text":
            result["matches"] = [{one.tag: one.text} for one in found]
            result["count"] = result["msg"] = len(found)
        return result

    def change(self) -> None:
        """Bring the tree to what the task asks for."""
        args = self.args
        if args["xpath"] is None:
            return  # the document is only read and written, prettily maybe
        if args["state"] == "absent":
            for one in self.find(args["xpath"]):
                self._remove(one)
        elif args["set_children"] is not None:
            self._set_children()
        elif args["add_children"]:
            self._add_children()
        else:
            self._set_value()

    def _remove(self, one: Any) -> None:
        if hasattr(one, "getparent") and not hasattr(one, "tag"):  # an attribute's or a text's value
            parent = one.getparent()
            if one.is_attribute:
                del parent.attrib[one.attrname]
            else:
                parent.text = None
            return
        if self.args["attribute"] is not None:
            one.attrib.pop(self._qualified(str(self.args["attribute"])), None)
            return
        parent = one.getparent()
        if parent is None:
            raise Failed("The root element cannot be removed")
        parent.remove(one)

    def _qualified(self, name: str) -> str:
        """Return a name with its namespace as lxml writes it."""
        prefix, colon, local = name.rpartition(":")
        if not colon:
            return name
        if prefix not in self.args["namespaces"]:
            raise Failed("The namespace prefix %s is not in namespaces" % prefix)
        return "{%s}%s" % (self.args["namespaces"][prefix], local)

    def _children(self, given: list[Any]) -> list[Any]:
        if self.args["input_type"] == "xml":
            try:
                return [self.etree.fromstring(one) for one in given]
            except self.etree.XMLSyntaxError as error:
                raise Failed("Error while parsing child element: %s" % error) from None
        return [self._child(one) for one in given]

    def _child(self, given: Any) -> Any:
        """Return the element that an entry of YAML stands for: a name, {name: text}, or {name: {attributes, _: children}}."""
        if isinstance(given, str):
            return self.etree.Element(self._qualified(given))
        if not isinstance(given, dict) or len(given) != 1:
            raise Failed("Invalid child type. Children must be either strings or hashes.")
        name, content = next(iter(given.items()))
        made = self.etree.Element(self._qualified(name))
        if isinstance(content, dict):
            for child in content.get("_") or []:
                made.append(self._child(child))
            for key, value in content.items():
                if key == "+value":
                    made.text = str(value)
                elif key != "_":
                    made.set(self._qualified(key), str(value))
        elif content is not None:
            made.text = str(content)
        return made

    def _add_children(self) -> None:
        args = self.args
        found = self.find(args["xpath"])
        if not found:
            raise Failed("Xpath %s does not reference a node!" % args["xpath"])
        children = self._children(args["add_children"])
        if args["insertbefore"] or args["insertafter"]:
            beside = found[0] if args["insertbefore"] else found[-1]
            parent = beside.getparent()
            place = parent.index(beside) + (1 if args["insertafter"] else 0)
            parent[place:place] = children
            return
        for one in found:
            one.extend(copy.deepcopy(children))

    def _set_children(self) -> None:
        for one in self.find(self.args["xpath"]):
            wanted = self._children(self.args["set_children"])
            have = [self.etree.tostring(child, with_tail=False, method="c14n") for child in one]
            if have != [self.etree.tostring(child, method="c14n") for child in wanted]:
                for child in list(one):
                    one.remove(child)
                one.extend(wanted)

    def _set_value(self) -> None:
        args = self.args
        target = args["xpath"]
        if args["attribute"] is not None:
            for one in self._elements(target):
                name = self._qualified(str(args["attribute"]))
                one.set(name, "" if args["value"] is None else str(args["value"]))
            return
        match = _STEP.match(target)
        if match and match.group("name").startswith("@"):
            name = self._qualified(match.group("name")[1:])
            for one in self._elements(match.group("parent")):
                if args["value"] is not None or name not in one.attrib:
                    one.set(name, "" if args["value"] is None else str(args["value"]))
            return
        for one in self._elements(target):
            if args["value"] is not None and one.text != str(args["value"]):
                one.text = str(args["value"])

    def _elements(self, xpath: str) -> list[Any]:
        """Return the elements of a path; the last parts that are missing are made."""
        found = self.find(xpath)
        if found:
            return found
        match = _STEP.match(xpath)
        if (
            match is None
            or not match.group("parent")
            or match.group("conditions")
            or match.group("name").startswith("@")
        ):
            raise Failed("Xpath %s does not reference a node!" % xpath)
        name = self._qualified(match.group("name"))
        return [self.etree.SubElement(parent, name) for parent in self._elements(match.group("parent"))]
