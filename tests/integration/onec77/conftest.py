"""Bases nobody writes to are read without resting."""

import pytest

from telemarket.adapters.onec77 import dbf


@pytest.fixture(autouse=True)
def no_rest(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Except where somebody does write, a block is read the second time at once."""
    if request.module.__name__.rpartition(".")[2] != "test_torn":
        monkeypatch.setattr(dbf, "_SETTLE", 0.0)
