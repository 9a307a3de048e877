"""Writing files Asterisk reads."""

import secrets
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` in one step, making its folder if need be: Asterisk never reads half of it."""
    stage(path, content).replace(path)


def stage(path: Path, content: bytes) -> Path:
    """Write what is to become `path` beside it, and return where: to replace it with, or to remove."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    staged.write_bytes(content)
    return staged
