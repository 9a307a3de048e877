"""Files a command writes."""

from pathlib import Path

import pytest

from telemarket.cli.whole_file import whole_file


def test_a_file_whose_writing_fails_stays_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "leads.csv"
    target.write_text("yesterday's")
    with pytest.raises(TypeError), whole_file(target) as partial:
        partial.write_text(b"half")  # type: ignore[arg-type]
    assert target.read_text() == "yesterday's"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_link_points_to_is_written_to(tmp_path: Path) -> None:
    """As /dev/stdout is one."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    with whole_file(link) as partial:
        partial.write_text("leads")
    assert link.is_symlink()
    assert target.read_text() == "leads"
