"""Texts that people write with values in them: Jinja2 with values, conditions and a few filters, no more."""

from collections.abc import Callable, Mapping
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

_FILTERS = ("default", "lower", "trim", "upper")
_LONGEST = 100_000  # characters of a value that was changed
_ALLOWED_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Name, nodes.Const),
    *(nodes.Getattr, nodes.Getitem, nodes.Filter, nodes.Concat, nodes.And, nodes.Or, nodes.Not),
    *(nodes.Compare, nodes.Operand),
)


FAILURES = (jinja2.TemplateError, TypeError, ValueError, RecursionError, SyntaxError, MemoryError)
"""What a broken text may raise when it is parsed or filled in: Jinja2 checks neither the arguments of filters nor how
deeply things are nested."""


class Values(dict[str, str]):
    """Contacts and leads differ in the values they have: one that is absent is empty."""

    def __missing__(self, _key: str) -> str:
        return ""


class _Filling(ImmutableSandboxedEnvironment):
    """Only values of mappings can be named, no methods: a value may be called "items"."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What `obj.attribute` is."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """What `obj[argument]` is."""
        try:
            return obj[argument] if isinstance(obj, Mapping) else self._nothing(argument)
        except KeyError:
            return self._nothing(argument)

    def _nothing(self, name: object) -> jinja2.Undefined:
        return self.undefined(hint=f"there is no value {name!r}")


def _replace(text: object, old: str, new: str, count: int = -1) -> str:
    """A chain of replacements could make a library of a word."""
    whole = str(text)
    if not old:
        return whole
    times = whole.count(old) if count < 0 else min(count, whole.count(old))
    if len(whole) + times * (len(new) - len(old)) > _LONGEST:
        raise jinja2.TemplateRuntimeError(f"a value becomes longer than {_LONGEST} characters")
    return whole.replace(old, new, count)


def filling(finalize: Callable[[Any], str]) -> ImmutableSandboxedEnvironment:
    """Where such texts are filled in; each value goes through `finalize`. An unknown one is an error, and so is a group
    of values."""

    def finalize_value(value: Any) -> str:
        if isinstance(value, str | int | float) or value is None:
            return finalize("" if value is None else value)
        if isinstance(value, jinja2.Undefined):
            return str(value)  # which says what is missing
        raise TypeError("only a single value can be written, no group of them")

    environment = _Filling(undefined=jinja2.StrictUndefined, finalize=finalize_value, autoescape=False)
    environment.filters = {name: environment.filters[name] for name in _FILTERS} | {"replace": _replace}
    environment.globals.clear()
    return environment


def forbidden(environment: jinja2.Environment, text: str) -> str:
    """What stands in `text` that may not; empty if nothing does. Raises one of FAILURES for a broken text."""
    found = environment.parse(text).find_all(nodes.Node)
    return next((type(node).__name__ for node in found if not isinstance(node, _ALLOWED_NODES)), "")
