"""Exchange Online by Microsoft Graph: contact folders of mailboxes, and the organisation's address list."""

from telemarket.adapters.exchange.graph.backend import GraphBackend
from telemarket.adapters.exchange.graph.options import GraphOptions
from telemarket.backend import BackendKind
from telemarket.core.i18n import N_

__all__ = ["KIND"]

KIND = BackendKind(name="graph", title=N_("Exchange Online (Microsoft Graph)"), options=GraphOptions, open=GraphBackend)
