"""Writing files Asterisk reads."""

from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Replace `path` in one step, making its folder if need be: Asterisk never reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)
