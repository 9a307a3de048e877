"""Where a call's recording lies."""

import re
from datetime import UTC, datetime


def recording_path(call_id: str, at: float) -> str:
    """The path of a recording below the recordings folder: a folder a day (UTC), the call's id for a name."""
    day = datetime.fromtimestamp(at, UTC)
    return f"{day:%Y/%m/%d}/{re.sub(r'[^A-Za-z0-9._-]', '_', call_id)}.wav"
