"""The suite itself: it runs in two halves, and nothing may fall between them."""

from tests.__main__ import ROOT, halves


def test_every_test_belongs_to_exactly_one_half() -> None:
    first, second = halves()
    for file in [*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "plugins").rglob("test_*.py")]:
        homes = [name for name in (*first, *second) if file.is_relative_to(ROOT / name)]
        assert len(homes) == 1, f"{file}: {homes}"
