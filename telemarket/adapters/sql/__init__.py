"""Any SQL database as a backend: what a query gives, and what its columns mean."""

from telemarket.adapters.sql.backend import SqlBackend
from telemarket.adapters.sql.options import SqlOptions
from telemarket.backend import BackendKind
from telemarket.core.i18n import N_

__all__ = ["KIND", "SqlBackend", "SqlOptions"]

KIND = BackendKind(name="sql", title=N_("SQL database"), options=SqlOptions, open=SqlBackend)
