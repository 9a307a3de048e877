"""Where leads come from: contacts within a filter, contacts of an import, a backend's records."""

from collections.abc import AsyncIterator

from telemarket.contacts.search import ContactFilter
from telemarket.core.database import Database
from telemarket.dialer.model import LeadData
from telemarket.numbers import NumberingPlan


def from_contacts(database: Database, plan: NumberingPlan, wanted: ContactFilter) -> AsyncIterator[LeadData]:
    """Everybody within the filter."""
    raise NotImplementedError


def from_import(database: Database, import_id: int) -> AsyncIterator[LeadData]:
    """Whom an import of contacts added or changed."""
    raise NotImplementedError


def from_backend(database: Database, backend: str) -> AsyncIterator[LeadData]:
    """Everybody a backend knows."""
    raise NotImplementedError
