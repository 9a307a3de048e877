"""Exchange Server by Exchange Web Services (EWS): contact folders of mailboxes, shared and public ones."""

from telemarket.adapters.exchange.ews.backend import EwsBackend
from telemarket.adapters.exchange.ews.options import EwsOptions
from telemarket.backend import BackendKind
from telemarket.core.i18n import N_

__all__ = ["KIND"]

KIND = BackendKind(name="exchange", title=N_("Exchange Server (EWS)"), options=EwsOptions, open=EwsBackend)
