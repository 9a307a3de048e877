"""The reference of the contract of backends, from the module that states it."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from telemarket import backend
from tools.plan_reference import struct_section

_HEAD = """# The contract of a backend

Generated from the code (`telemarket.backend`). {introduction}

[Write a plugin](../how-to/plugin-writer.md) shows how to begin, [Connect sources of
contacts](../how-to/administrator/backends.md) what becomes of the records.
"""
_ERRORS = (backend.BackendUnavailable, backend.BackendRefused, backend.CursorRefused)
_STRUCTS = (
    *(backend.Batch, backend.Record, backend.Limit, backend.Service, backend.Finding, backend.Result),
    *(backend.BackendKind, backend.BackendContext),
)


def backend_page() -> str:
    """What a backend does, what it raises, and what it hands over."""
    introduction = inspect.cleandoc(backend.__doc__ or "").partition("\n\n")[2].replace("\n", " ")
    parts = [
        _HEAD.format(introduction=introduction),
        f"## Backend\n\n{_told(backend.Backend)}\n",
        *_methods(),
        "## Errors\n\n| error | meaning |\n|---|---|",
        *(f"| `{error.__name__}` | {_told(error)} |" for error in _ERRORS),
        "",
        f"## BackendOptions\n\n{_told(backend.BackendOptions)}\n",
        *map(struct_section, _STRUCTS),
    ]
    return "\n".join(parts)


def _methods() -> Iterator[str]:
    for name, member in vars(backend.Backend).items():
        if inspect.isfunction(member):
            yield f"### {name}\n\n```python\n{_signature(name, member)}\n```\n\n{_told(member)}\n"
        elif isinstance(member, property):
            yield f"### {name}\n\n{_told(member)}\n"


def _signature(name: str, member: Callable[..., Any]) -> str:
    start = "async def" if inspect.iscoroutinefunction(member) else "def"
    signature = str(inspect.signature(member)).replace("telemarket.backend.", "").replace("collections.abc.", "")
    return f"{start} {name}{signature}"


def _told(thing: Any) -> str:
    return " ".join(inspect.cleandoc(thing.__doc__ or "").split())
