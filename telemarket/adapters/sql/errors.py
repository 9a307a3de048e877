"""What databases and their drivers say went wrong, told apart: to be tried again, or to be mended by somebody."""

import re
from collections.abc import Sequence

import sqlalchemy as sa

from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_
from telemarket.core.text import trim_line

_LONGEST = 300
_SIGN_IN = N_("Check the user and the password, and that the database lets him in from here.")
_NAMES = N_("Check the query, and that the user may read what it names.")
_PLACE = N_("Check host, port and path in the URL, and that the database runs.")
_DATABASE = N_("Check the database's name in the URL.")
_TYPES = N_("Convert the parameter in the statement, such as CAST(:at AS timestamptz).")

# Classes of SQLSTATE (ISO 9075) that trying again cannot mend, with what to do.
_REFUSALS = {"28": _SIGN_IN, "3D": _DATABASE, "42": _NAMES, "22": _NAMES, "0A": _NAMES, "25": _NAMES}
# And those that pass: connection lost, transaction rolled back, no resources, an object in use, somebody intervenes.
_PASSING = {"08", "40", "53", "55", "57"}
_MYSQL_STATES = {1044: "28", 1045: "28", 1049: "3D", 1054: "42", 1064: "42", 1142: "42", 1146: "42"}
_SQLITE_REFUSALS = {1, 8, 26}  # an error in the statement, read-only, not a database
_SQLITE_CANNOT_OPEN = 14
_OF_VALUES = ("22", "23")  # classes of SQLSTATE: a value that does not do, a constraint that is broken

# asyncpg refuses a value of another type before it asks the server, and quotes it; the reason stands at the end.
_ARGUMENT = re.compile(r"(invalid input for query argument \$\d+): .*\((.*)\)")


def translated(error: Exception, secrets: Sequence[str]) -> TelemarketError:
    """BackendUnavailable or BackendRefused that says what `error` does, without any of `secrets`."""
    if isinstance(error, TelemarketError):
        return error
    if isinstance(error, sa.exc.NoSuchModuleError | ModuleNotFoundError):
        return BackendRefused(
            N_("The database's driver is not there: %(reason)s.", reason=_told(error, secrets)),
            remedy=N_("Install it into the environment Telemarket runs in."),
        )
    cause = _cause(error)
    text = N_("The database says: %(reason)s.", reason=_told(cause, secrets))
    remedy = _remedy(error, cause)
    if remedy:
        return BackendRefused(text, remedy=remedy)
    unreached = isinstance(cause, OSError) or _sqlite_code(cause) == _SQLITE_CANNOT_OPEN
    return BackendUnavailable(text, remedy=_PLACE if unreached else "")


def of_values(error: Exception) -> bool:
    """Whether the database refuses the values of a statement, and may take it with others."""
    cause = _cause(error)
    if _ARGUMENT.search(str(cause)):
        return False  # no value of that type would do
    return _state(cause)[:2] in _OF_VALUES or isinstance(error, sa.exc.IntegrityError | sa.exc.DataError)


def _cause(error: Exception) -> BaseException:
    return error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error


def _remedy(error: Exception, cause: BaseException) -> str:
    """What to do; empty if trying again can help."""
    if _ARGUMENT.search(str(cause)):
        return _TYPES
    state = _state(cause)[:2]
    if state in _REFUSALS or state in _PASSING:
        return _REFUSALS.get(state, "")
    hopeless = sa.exc.ProgrammingError | sa.exc.DataError | sa.exc.NotSupportedError | sa.exc.ArgumentError
    return _NAMES if isinstance(error, hopeless) or _sqlite_code(cause) in _SQLITE_REFUSALS else ""


def _sqlite_code(cause: BaseException) -> int:
    """SQLite's result code; the rest of an extended one tells more than is needed."""
    return int(getattr(cause, "sqlite_errorcode", 0)) & 0xFF


def _state(cause: BaseException) -> str:
    """The SQLSTATE, where the driver tells it: asyncpg and psycopg as an attribute, ODBC and MySQL as an argument."""
    if state := getattr(cause, "sqlstate", None):
        return str(state)
    first = cause.args[0] if cause.args else None
    if isinstance(first, int):
        return _MYSQL_STATES.get(first, "")
    return first if isinstance(first, str) and len(first) == 5 and first.isalnum() and first == first.upper() else ""


def _told(error: BaseException, secrets: Sequence[str]) -> str:
    """The first line of what an error says, without a value; asyncpg's through SQLAlchemy begins with its class."""
    text = (str(error).splitlines() or [""])[0] or type(error).__name__
    text = _ARGUMENT.sub(r"\1: \2", text)
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return trim_line(text.partition(">: ")[2] or text, _LONGEST).rstrip(".")
