"""Asterisk's Manager Interface: `AmiClient` and its errors."""

from telemarket.asterisk.ami.client import AmiClient, Reply
from telemarket.asterisk.ami.errors import AmiError, AmiRefused, AmiUnavailable

__all__ = ["AmiClient", "AmiError", "AmiRefused", "AmiUnavailable", "Reply"]
