"""What drivers raise, told apart: what another try can mend, and what somebody has to."""

import sqlite3

import pytest
import sqlalchemy as sa

from telemarket.adapters.sql.errors import translated
from telemarket.backend import BackendRefused, BackendUnavailable


class Postgres(Exception):
    def __init__(self, sqlstate: str, text: str = "it is so") -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


def wrapped(kind: type[sa.exc.DBAPIError], cause: Exception) -> sa.exc.DBAPIError:
    """As SQLAlchemy raises a driver's error."""
    return kind("SELECT secret_column", {"phone": "0671234567"}, cause)


def sqlite(code: int) -> Exception:
    error = sqlite3.OperationalError("it is so")
    error.sqlite_errorcode = code  # type: ignore[attr-defined]
    return wrapped(sa.exc.OperationalError, error)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (Postgres("28P01"), "user and the password"),
        (Postgres("3D000"), "database's name"),
        (wrapped(sa.exc.ProgrammingError, Postgres("42P01")), "Check the query"),
        (wrapped(sa.exc.ProgrammingError, Postgres("42501")), "may read what it names"),
        (wrapped(sa.exc.OperationalError, Exception(1045, "Access denied")), "user and the password"),
        (wrapped(sa.exc.ProgrammingError, Exception(1146, "Table 'a' doesn't exist")), "Check the query"),
        (wrapped(sa.exc.InterfaceError, Exception("28000", "[28000] Login failed")), "user and the password"),
        (wrapped(sa.exc.ProgrammingError, Exception("HY000", "[HY000] driver's own")), "Check the query"),
        (wrapped(sa.exc.ProgrammingError, Exception("no such thing")), "Check the query"),
        (sqlite(sqlite3.SQLITE_ERROR), "Check the query"),
        (sqlite(sqlite3.SQLITE_READONLY_DBMOVED), "Check the query"),
        (ModuleNotFoundError("No module named 'aiomysql'"), "Install it"),
        (sa.exc.NoSuchModuleError("Can't load plugin: sqlalchemy.dialects:mysq"), "Install it"),
    ],
)
def test_what_somebody_has_to_mend_is_refused_with_what_to_do(error: Exception, remedy: str) -> None:
    found = translated(error, [])
    assert isinstance(found, BackendRefused)
    assert remedy in found.remedy


@pytest.mark.parametrize(
    "error",
    [
        Postgres("57P03", "the database system is starting up"),
        Postgres("53300", "too many connections"),
        wrapped(sa.exc.OperationalError, Postgres("40001")),
        wrapped(sa.exc.OperationalError, Exception(2013, "Lost connection")),
        wrapped(sa.exc.OperationalError, Exception("08S01", "[08S01] Communication link failure")),
        sqlite(sqlite3.SQLITE_BUSY),
        ConnectionRefusedError(111, "Connection refused"),
    ],
)
def test_what_another_try_can_mend_is_unavailable(error: Exception) -> None:
    assert isinstance(translated(error, []), BackendUnavailable)


def test_where_nobody_is_reached_the_place_may_be_wrong() -> None:
    for error in (ConnectionRefusedError(111, "Connection refused"), sqlite(sqlite3.SQLITE_CANTOPEN)):
        found = translated(error, [])
        assert isinstance(found, BackendUnavailable)
        assert "URL" in found.remedy


def test_neither_secrets_nor_statements_nor_values_are_told() -> None:
    error = wrapped(sa.exc.OperationalError, Exception("cannot sign in with pass word\nDETAIL: more"))
    text = str(translated(error, ["", "pass word"]))
    assert text == "The database says: cannot sign in with …."
