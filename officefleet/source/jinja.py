"""Jinja as officefleet uses it: undefined values that stay errors, variables looked up when they are named."""

from __future__ import annotations

import functools
import operator
from collections import ChainMap
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from jinja2.utils import generate_lorem_ipsum, missing
from markupsafe import soft_str

from officefleet.errors import UndefinedVariableError
from officefleet.source import limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.compiler import Frame

    from officefleet.source.secrets.sealed import Opener


class Undefined(StrictUndefined):
    """An undefined value: its attributes are undefined too, any use of it is an error."""

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: object) -> Any:
        return self


class LazyContext(Context):
    """A context whose parent is a lazy mapping: nothing is copied, nothing is rendered before it is named."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, rendered only now, or jinja2's `missing`."""
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return self.environment.globals.get(key, missing)
        except UndefinedVariableError as error:
            # a variable that leads to an undefined one is undefined itself: `default` and `is defined` may ask
            return self.environment.undefined(error.message, name=key)

    def get_all(self) -> dict[str, Any]:
        """Return all names as one lazy mapping."""
        return ChainMap(self.vars, self.parent)  # type: ignore[return-value]

    def derived(self, locals: dict[str, Any] | None = None) -> Context:  # noqa: A002  jinja2's name
        """Return the context of a scoped block, as lazy as this one; jinja2's own would copy, and so render, all."""
        context = _lazy(self.environment, self.get_all(), locals, self.name, {})
        context.eval_ctx = self.eval_ctx
        context.blocks.update((name, list(block)) for name, block in self.blocks.items())
        return context


class LazyTemplate(Template):
    """A template that others include, import or extend: it gets the names of the one that does, unrendered."""

    def new_context(
        self,
        vars: dict[str, Any] | None = None,  # noqa: A002  jinja2's name
        shared: bool = False,  # noqa: ARG002, FBT001, FBT002  jinja2's signature
        locals: Mapping[str, Any] | None = None,  # noqa: A002  jinja2's name
    ) -> Context:
        """Return the context that this template is rendered in."""
        return _lazy(self.environment, vars or {}, locals, self.name, self.blocks)


def _lazy(
    environment: Environment,
    names: Any,
    inner: Mapping[str, Any] | None,
    name: str | None,
    blocks: dict[str, Any],
) -> LazyContext:
    here = {key: value for key, value in (inner or {}).items() if value is not missing}
    return LazyContext(environment, ChainMap(here, names) if here else names, name, blocks)  # type: ignore[arg-type]


class LimitedGenerator(CodeGenerator):
    """Compiles ``~`` so that the length of what it joins is looked at."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  jinja2's name
        """Write the code of one ``a ~ b``."""
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class LimitedEnvironment(Environment):
    """An environment whose operators, calls and loops keep to `source.limits`.

    `sandboxed` makes jinja2 ask `call_binop` and `call` instead of compiling operators and calls; nothing is forbidden.
    """

    sandboxed = True
    intercepted_binops = frozenset({"*", "**", "+", "%"})
    intercepted_unops: frozenset[str] = frozenset()
    code_generator_class = LimitedGenerator
    template_class = LazyTemplate
    budget: limits.Budget
    opener: Opener | None = None  # for filters that see secrets

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Parse a text and put a `tick` into each of its loops and macros."""
        tree = super()._parse(source, name, filename)
        bodies: list[nodes.For | nodes.Macro] = [*tree.find_all(nodes.For), *tree.find_all(nodes.Macro)]
        for node in bodies:
            ticking = nodes.Call(nodes.EnvironmentAttribute("tick"), [], [], None, None)
            node.body.insert(0, nodes.ExprStmt(ticking, lineno=node.lineno).set_lineno(node.lineno))
        return tree

    def tick(self) -> None:
        """Count a round; see `limits.Budget.tick`."""
        self.budget.tick()

    def joined(self, parts: tuple[Any, ...]) -> str:
        """Return ``a ~ b``.

        Raises:
            TemplateError: it is too long.

        """
        texts = [part if isinstance(part, str) else soft_str(part) for part in parts]
        limits.long_text(sum(map(len, texts)))
        return "".join(texts)

    def call_binop(self, _context: Context, sign: str, left: Any, right: Any) -> Any:
        """Return the result of an operator.

        Raises:
            TemplateError: it is too large.

        """
        limits.binary(sign, left, right)
        return _OPERATORS[sign](left, right)

    def call(self, context: Context, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the result of a call.

        Raises:
            TemplateError: it is too large.

        """
        if args:
            limits.call(function, args)
        return context.call(function, *args, **kwargs)

    @staticmethod
    def is_safe_attribute(_obj: Any, _name: str, _value: Any) -> bool:
        """Return True: whoever writes templates may do what Python can."""
        return True


_OPERATORS = {"*": operator.mul, "**": operator.pow, "+": operator.add, "%": operator.mod}


def environment_for_texts() -> LimitedEnvironment:
    """Return the jinja2 environment of every text and file."""
    environment = LimitedEnvironment(
        undefined=Undefined,
        keep_trailing_newline=True,
        trim_blocks=True,  # as Ansible's, in every text
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        finalize=_none_is_empty,
    )
    environment.budget = limits.Budget()
    environment.context_class = LazyContext
    environment.globals["range"] = limits.bounded_range
    environment.globals["lipsum"] = _lorem
    for name in ("center", "indent"):
        environment.filters[name] = _padding(environment.filters[name])
    return environment


def _padding(function: Any) -> Any:
    @functools.wraps(function)
    def padded(value: Any, *args: Any, **kwargs: Any) -> Any:
        limits.padded(value, args[0] if args else kwargs.get("width"))
        return function(value, *args, **kwargs)

    return padded


def _lorem(n: int = 5, *args: Any, **kwargs: Any) -> str:
    limits.many_items(n * 1000)
    return generate_lorem_ipsum(n, *args, **kwargs)


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value
