"""Marked texts that outlive their process: kept beside the refused row, sent by a child, said in any language later."""

from typing import Any

from telemarket.core.i18n import N_, Message


def packed(text: str) -> Any:
    """The text as JSON can hold it; `unpacked` gives it back, mark and all."""
    if not isinstance(text, Message):
        return text
    return [
        text.msgid,
        {name: packed(value) if isinstance(value, str) else value for name, value in text.values.items()},
    ]


def unpacked(value: Any) -> str:
    """The text that was packed."""
    if isinstance(value, str):
        return value
    msgid, values = value
    return N_(
        msgid, **{name: unpacked(each) if isinstance(each, str | list) else each for name, each in values.items()}
    )
