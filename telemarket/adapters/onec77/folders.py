"""Files on a share that may be away, or closed to us."""

from pathlib import Path

from telemarket.adapters.onec77.errors import UnreadableBase
from telemarket.backend import BackendUnavailable
from telemarket.core.i18n import N_


def files_in(folder: Path) -> list[Path]:
    """What lies in `folder`. Raises UnreadableBase or BackendUnavailable."""
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise unreadable(folder, error) from error


def unreadable(path: Path, error: OSError) -> UnreadableBase | BackendUnavailable:
    """What a person has to mend, or what may pass: a share whose server does not answer."""
    text = N_("%(path)s: cannot be read: %(reason)s.", path=path, reason=error.strerror or error)
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError):
        remedy = N_("See whether the share is mounted, and let the user Telemarket runs as read it.")
        return UnreadableBase(text, remedy=remedy)
    return BackendUnavailable(text)
