"""Lotus Notes / HCL Domino: its directory, its views by URL command or Access Services, and its REST API."""

from telemarket.adapters.domino.backend import open_backend
from telemarket.adapters.domino.options import DominoOptions
from telemarket.backend import BackendKind
from telemarket.core.i18n import N_

__all__ = ["KIND", "DominoOptions"]

KIND = BackendKind(name="domino", title=N_("Lotus Notes / HCL Domino"), options=DominoOptions, open=open_backend)
