"""Typed Jinja: a lone ``{{ x }}`` keeps the type of x, a condition must be a boolean.

Templates are compiled once per text and rendered per host. Variables are looked up lazily in a `Scope`: only
what a template names is rendered. Values that came from hosts stand in untrusted layers and are never evaluated.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, cast

from jinja2 import Environment, nodes
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError, UndefinedError

from officefleet.errors import Mark, SecretError, TemplateError
from officefleet.i18n import _
from officefleet.source import template_files
from officefleet.source.backslashes import literal_backslashes
from officefleet.source.jinja import LazyContext, environment_for_texts
from officefleet.source.rendered import defined, joined, plain, with_ending
from officefleet.source.scope import TooEarlyError
from officefleet.source.secrets.sealed import Sealed, opening_dict, opening_list
from officefleet.source.template_errors import line_in, raise_undefined, reason, syntax_mark
from officefleet.source.yaml import mark_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2 import Template
    from jinja2.runtime import Context

    from officefleet.source.secrets.sealed import Opener


class Templar:
    """Compiles and renders; one per run, shared by all hosts' threads.

    Args:
        filters: extra Jinja filters by name.
        tests: extra Jinja tests by name.
        functions: extra names that templates can call (lookup, query, now).
        any_condition: a condition may be of any type and holds when it is not empty, as before ansible-core 2.19.
        lookups: those that `functions` call, which `extend` adds to.
        opener: opens what is encrypted in the files that a run reads (see `source.yaml.load`).

    """

    def __init__(
        self,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        tests: Mapping[str, Callable[..., Any]] | None = None,
        functions: Mapping[str, Any] | None = None,
        *,
        any_condition: bool = False,
        opener: Opener | None = None,
        lookups: dict[str, Any] | None = None,
    ) -> None:
        self._any_condition = any_condition
        self.opener = opener
        self._environment = environment_for_texts()
        self._environment.opener = opener
        self._environment.filters.update(filters or {})
        self._environment.tests.update(tests or {})
        self._environment.globals.update(functions or {})
        self._lookups = {} if lookups is None else lookups
        self._overlays: dict[tuple[tuple[str, Any], ...], Environment] = {}
        self._compiled: dict[str, tuple[Template, bool]] = {}
        self._conditions: dict[str, Template] = {}
        self._known: dict[int, tuple[Any, bool]] = {}
        self._lock = threading.Lock()

    def extend(
        self,
        filters: Mapping[str, Callable[..., Any]] | None = None,
        tests: Mapping[str, Callable[..., Any]] | None = None,
        lookups: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        """Take in filters, tests and lookups that a playbook brings along; they win over those of the same name."""
        with self._lock:
            self._environment.filters.update(filters or {})
            self._environment.tests.update(tests or {})
            self._lookups.update(lookups or {})

    def knows_lookup(self, name: str) -> bool:
        """Return whether there is a lookup of that name."""
        short = name.removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
        return not self._lookups or short in self._lookups

    # --- what is a template -------------------------------------------------------------------------------

    def is_template(self, value: Any) -> bool:
        """Return whether a value holds a template anywhere inside; looked at once per object."""
        if isinstance(value, str):
            return is_template_text(value)
        if not isinstance(value, (dict, list, tuple)):
            return value.__class__ is Sealed
        found = self._known.get(id(value))
        if found is None or found[0] is not value:
            if len(self._known) > 20_000:  # noqa: PLR2004  a bound on memory, any large number does
                self._known.clear()
            found = (value, holds_template(value))
            self._known[id(value)] = found
        return found[1]

    # --- rendering ----------------------------------------------------------------------------------------

    def render(self, value: Any, scope: Mapping[str, Any]) -> Any:
        """Return `value` with every template in it rendered; keys of mappings too.

        Raises:
            TemplateError: syntax, a failing filter; UndefinedVariableError for an unknown name.
            NeedsResultError: the scope looks ahead and the value depends on a result under way.

        """
        if isinstance(value, str):
            return self._render_text(value, scope) if is_template_text(value) else value
        if isinstance(value, dict):
            return opening_dict(
                {
                    (
                        self._render_text(key, scope)
                        if isinstance(key, str) and is_template_text(key)
                        else key
                    ): (item if item.__class__ is Sealed else self.render(item, scope))
                    for key, item in dict.items(value)
                }
            )
        if isinstance(value, (list, tuple)):
            items = list.__iter__(value) if isinstance(value, list) else iter(value)
            return opening_list(
                [item if item.__class__ is Sealed else self.render(item, scope) for item in items]
            )
        return value.reveal() if isinstance(value, Sealed) else value

    def _render_text(self, text: str, scope: Mapping[str, Any]) -> Any:
        template, lone = self.compile(text)
        return self._run(template, scope, text, lone=lone)

    def _run(self, template: Template, scope: Mapping[str, Any], text: str, *, lone: bool) -> Any:
        context = self._context(template, scope)
        try:
            with self._environment.budget:
                if not lone:
                    return with_ending(joined(template.root_render_func(context)), text)
                for _event in template.root_render_func(context):
                    pass
                value = context.vars["result"]
                value = defined(plain(value))
        except (TooEarlyError, SecretError):
            raise
        except TemplateError as error:
            error.mark = error.mark or mark_of(text)
            raise
        except UndefinedError as error:
            raise_undefined(error, scope, text)
        except MemoryError:
            raise TemplateError(_("the template needs too much memory"), mark=mark_of(text)) from None
        except RecursionError:
            raise TemplateError(_("the template recurses without end"), mark=mark_of(text)) from None
        except Exception as error:
            raise TemplateError(
                _("cannot render the template: {reason}").format(reason=reason(error)), mark=mark_of(text)
            ) from error
        return value

    def _context(self, template: Template, scope: Mapping[str, Any]) -> Context:
        return LazyContext(
            template.environment,
            cast("dict[str, Any]", scope),  # any mapping serves: jinja2 only looks names up in it
            template.name,
            template.blocks,
        )

    def compile(self, text: str) -> tuple[Template, bool]:
        """Return (template, whether it is one lone expression) of a text; compiled once.

        Raises:
            TemplateError: the syntax is wrong.

        """
        found = self._compiled.get(text)
        if found is None:
            found = self._compile(text)
            with self._lock:
                self._compiled[str(text)] = found
        return found

    def _compile(self, text: str) -> tuple[Template, bool]:
        environment = self._environment
        try:
            tree = environment.parse(literal_backslashes(environment, str(text)))
            lone = _lone_expression(tree)
            if lone is not None:
                return _assign(environment, lone), True
            return environment.template_class.from_code(
                environment, environment.compile(tree), environment.globals, None
            ), False
        except TemplateSyntaxError as error:
            raise TemplateError(
                _("template syntax: {problem}").format(problem=error.message), mark=syntax_mark(text, error)
            ) from None
        except (JinjaError, RecursionError) as error:
            raise TemplateError(_("template: {problem}").format(problem=error), mark=mark_of(text)) from None

    def render_file(
        self,
        text: str,
        name: str,
        scope: Mapping[str, Any],
        options: Mapping[str, Any] | None = None,
        folders: Sequence[str] = (),
    ) -> str:
        """Return a template file's text rendered.

        Args:
            text: the file's content.
            name: its path, for errors.
            scope: variables.
            options: jinja2 Environment options that differ from the defaults (trim_blocks is on by default).
            folders: where it finds the templates that it includes, imports or extends.

        """
        text, own = template_files.header(text, name)
        wanted = {"trim_blocks": True, "keep_trailing_newline": True, **(options or {}), **own}
        key = (*sorted((option, str(value)) for option, value in wanted.items()), ("folders", tuple(folders)))
        cache_key = f"{name}\0{key}\0{text}"
        found = self._compiled.get(cache_key)
        if found is None:
            environment = self._overlays.get(key)
            if environment is None:
                environment = template_files.environment_with(self._environment, wanted, folders, self.opener)
                self._overlays[key] = environment
            try:
                template = environment.template_class.from_code(
                    environment, environment.compile(text, name, name), environment.globals, None
                )
            except TemplateSyntaxError as error:
                raise TemplateError(
                    _("template syntax: {problem}").format(problem=error.message),
                    mark=Mark(name, error.lineno),
                ) from None
            found = (template, False)
            with self._lock:
                self._compiled[cache_key] = found
        return with_ending(self._run_file(found[0], name, scope, folders), text)

    def _run_file(
        self, template: Template, name: str, scope: Mapping[str, Any], folders: Sequence[str]
    ) -> str:
        context = self._context(template, scope)
        try:
            with self._environment.budget:
                return joined(template.root_render_func(context))
        except (TooEarlyError, SecretError):
            raise
        except TemplateError as error:
            error.mark = error.mark or Mark(name, line_in(template, error))
            raise
        except TemplateSyntaxError as error:  # of another file: its own was compiled before
            raise TemplateError(
                _("template syntax: {problem}").format(problem=error.message),
                mark=Mark(error.filename or name, error.lineno),
            ) from None
        except TemplateNotFound as error:
            wrong = template_files.missing(error, folders)
            wrong.mark = Mark(name, line_in(template, error))
            raise wrong from None
        except UndefinedError as error:
            raise_undefined(error, scope, "", Mark(name, line_in(template, error)))
        except Exception as error:
            raise TemplateError(
                _("cannot render the template: {reason}").format(reason=reason(error)),
                mark=Mark(name, line_in(template, error)),
            ) from error

    # --- conditions ---------------------------------------------------------------------------------------

    def evaluate(self, condition: Any, scope: Mapping[str, Any]) -> bool:
        """Return whether a condition holds; a list holds when all of it does.

        Raises:
            TemplateError: syntax, an undefined name, or a value that is not a boolean.

        """
        if isinstance(condition, bool):
            return condition
        if isinstance(condition, (list, tuple)):
            return all(self.evaluate(one, scope) for one in condition)
        if condition is None or condition == "":
            return True
        text = str(condition)
        value = self._condition_value(condition, text, scope)
        if self._any_condition or isinstance(
            value, int
        ):  # a boolean, or 0 and 1: `until: job.finished` is Ansible's own example
            return bool(value)
        raise TemplateError(
            _("the condition gives {kind}, not true or false").format(kind=type(value).__name__),
            mark=mark_of(condition),
            hint=_("write `x | bool`, `x | length > 0` or `x is defined`"),
        )  # Ansible's ALLOW_BROKEN_CONDITIONALS lifts this

    def _condition_value(self, condition: Any, text: str, scope: Mapping[str, Any]) -> Any:
        if is_template_text(text):
            value = self._render_text(condition if isinstance(condition, str) else text, scope)
            return self._from_word(value)
        template = self.compile_condition(condition)
        value = self._run(template, scope, condition, lone=True)
        if isinstance(value, str) and self._is_bare_name(
            text
        ):  # `when: flag` where flag is itself a condition
            return self._from_word(value)
        return value

    @staticmethod
    def _from_word(value: Any) -> Any:
        words = {"true": True, "false": False, "yes": True, "no": False}
        return words.get(value.strip().lower(), value) if isinstance(value, str) else value

    @staticmethod
    def _is_bare_name(text: str) -> bool:
        return text.strip().isidentifier()

    def compile_condition(self, condition: Any) -> Template:
        """Return the compiled expression of a condition.

        Raises:
            TemplateError: the syntax is wrong.

        """
        text = str(condition)
        found = self._conditions.get(text)
        if found is None:
            try:
                tree = self._environment.parse("{{ (" + text + "\n) }}")
                lone = _lone_expression(tree)
                if lone is None:
                    raise TemplateError(_("not one expression"), mark=mark_of(condition))
                found = _assign(self._environment, lone)
            except TemplateSyntaxError as error:
                raise TemplateError(
                    _("condition syntax: {problem}").format(problem=error.message), mark=mark_of(condition)
                ) from None
            except JinjaError as error:
                raise TemplateError(
                    _("condition: {problem}").format(problem=error), mark=mark_of(condition)
                ) from None
            with self._lock:
                self._conditions[text] = found
        return found


def is_template_text(text: str) -> bool:
    """Return whether a text is a template that may be evaluated."""
    return ("{{" in text or "{%" in text or "{#" in text) and getattr(text, "trusted", True)


def holds_template(value: Any) -> bool:
    """Return whether a value holds a template anywhere inside, or a sealed value: both must be rendered."""
    if isinstance(value, str):
        return is_template_text(value)
    if isinstance(value, dict):
        return any(holds_template(key) or holds_template(item) for key, item in dict.items(value))
    if isinstance(value, list):
        return any(holds_template(item) for item in list.__iter__(value))
    if isinstance(value, tuple):
        return any(holds_template(item) for item in value)
    return isinstance(value, Sealed)


def _lone_expression(tree: nodes.Template) -> nodes.Expr | None:
    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return None
    parts = tree.body[0].nodes
    if len(parts) != 1 or isinstance(parts[0], nodes.TemplateData):
        return None
    return parts[0]


def _assign(environment: Environment, expression: nodes.Expr) -> Template:
    """Return a template that stores the expression's value under "result" instead of printing it."""
    body = [nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)]
    tree = nodes.Template(body, lineno=1)
    tree.set_environment(environment)
    code = environment.compile(tree)
    return environment.template_class.from_code(environment, code, environment.globals, None)


@functools.cache
def default_templar() -> Templar:
    """Return a templar with Jinja's own filters only, for syntax checks of plain texts."""
    return Templar()
