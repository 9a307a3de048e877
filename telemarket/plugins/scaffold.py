"""A new plugin made from the template: a package whose tests pass as it is."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, get_args

import jinja2

from telemarket.core.errors import InvalidInput
from telemarket.plugins.names import checked_name

Kind = Literal["backend", "agi", "page"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TEMPLATE = Path(__file__).parent / "template"
_SUFFIX = ".jinja"
_MODULE = "MODULE"  # stands for the plugin's module in the template's paths
_DESCRIPTIONS: Mapping[Kind, str] = {"backend": "a source of contacts", "agi": "an AGI hook", "page": "a page"}
_DEPENDENCIES: Mapping[Kind, tuple[str, ...]] = {
    "backend": ("aiohttp>=3.14", "msgspec>=0.22", "pydantic>=2.12"),
    "agi": (),
    "page": ("starlette>=1.10",),
}
_TEST_DEPENDENCIES: Mapping[Kind, tuple[str, ...]] = {
    "backend": ("pytest-asyncio>=1.2",),
    "agi": ("pytest-asyncio>=1.2",),
    "page": ("pytest-asyncio>=1.2", "httpx>=0.28"),
}


def make_plugin(name: str, kind: Kind, folder: Path) -> Path:
    """Write the package telemarket-NAME into `folder`; returns its path.

    Raises InvalidInput when `name` is none a plugin can have, or the package is there already; OSError when it
    cannot be written.
    """
    try:
        checked_name(name)
    except ValueError as error:
        raise InvalidInput(f"{error}.", field="name") from error
    package = folder / f"telemarket-{name}"
    if package.exists():
        raise InvalidInput(f"{package} is there already.", field="name", remedy="Choose another name or --dir.")
    variables = _variables(name, kind)
    for path, text in _files(kind, variables):
        target = package / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return package


def _variables(name: str, kind: Kind) -> dict[str, Any]:
    words = name.replace("_", "-").split("-")
    return {
        "name": name,
        "package": f"telemarket-{name}",
        "module": f"telemarket_{name.replace('-', '_')}",
        "section": name.replace("-", "_"),  # as an environment variable can name it
        "class_name": "".join(map(str.capitalize, words)),
        "title": " ".join(words).capitalize(),
        "variable": "_".join(words).upper(),
        "description": f"A plugin for Telemarket: {_DESCRIPTIONS[kind]}",
        "dependencies": _DEPENDENCIES[kind],
        "test_dependencies": _TEST_DEPENDENCIES[kind],
    }


def _files(kind: Kind, variables: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Paths within the package and their content."""
    environment = jinja2.Environment(  # noqa: S701 - Python and TOML, not pages
        undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    for part in (_TEMPLATE / "common", _TEMPLATE / kind):
        for source in sorted(part.rglob(f"*{_SUFFIX}")):
            path = str(source.relative_to(part)).removesuffix(_SUFFIX).replace(_MODULE, variables["module"])
            yield Path(path), environment.from_string(source.read_text(encoding="utf-8")).render(variables)
