"""Backends opened as the configuration opens them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telemarket.backend import Backend, BackendContext, BackendKind


def open_backend(kind: BackendKind, folder: Path, options: dict[str, Any]) -> Backend:
    """A backend of `kind` whose options are read as from TOML, with `folder` as its own and as data_dir."""
    context = BackendContext(
        name="contacts",
        title="Contacts",
        folder=folder / "contacts",
        data_dir=folder,
        clock=lambda: datetime.now(UTC),
    )
    return kind.open(context, kind.options.model_validate(options))
