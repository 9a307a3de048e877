"""Asterisk's Manager Interface: `AmiClient`, its errors, and the events it may follow."""

from telemarket.asterisk.ami.client import AmiClient, Reply
from telemarket.asterisk.ami.errors import AmiError, AmiRefused, AmiUnavailable
from telemarket.asterisk.ami.events import Event, EventStream, Interrupted

__all__ = ["AmiClient", "AmiError", "AmiRefused", "AmiUnavailable", "Event", "EventStream", "Interrupted", "Reply"]
