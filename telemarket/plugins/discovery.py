"""Where plugins are found: installed packages' entry points, and the modules of one folder."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import msgspec

ENTRY_POINT_GROUP = "telemarket.plugins"
_MODULE_PREFIX = "telemarket_folder_plugin_"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin found but not yet imported. `load` runs its code and returns the module or object."""

    name: str
    origin: str  # where it was found, for people
    load: Callable[[], object]


def installed() -> Iterator[Candidate]:
    """Plugins that installed packages announce in the entry-point group `telemarket.plugins`."""
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        package = entry_point.dist.name if entry_point.dist else entry_point.value
        yield Candidate(name=entry_point.name, origin=f"package {package}", load=entry_point.load)


def in_folder(folder: Path) -> Iterator[Candidate]:
    """Every `NAME.py` of `folder` is the plugin NAME; names beginning with `_` are the plugins' own business.

    Raises OSError if the folder cannot be read.
    """
    for path in sorted(folder.iterdir()):
        if path.suffix == ".py" and not path.name.startswith("_"):
            yield Candidate(name=path.stem, origin=str(path), load=lambda path=path: _import_file(path))  # type: ignore[misc]


def _import_file(path: Path) -> object:
    name = _MODULE_PREFIX + path.stem
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python module")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickling look a class's module up by name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
