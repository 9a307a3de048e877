"""Files and sources that cannot be imported."""

from telemarket.core.errors import InvalidInput, TelemarketError


class UnreadableFile(InvalidInput):
    """The file is no table that can be read; what is wrong with it, and what to do."""

    error_id = "import-unreadable-file"

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, field="file", remedy=remedy)


class ImportBusy(TelemarketError):
    """The import is not in a state in which this can be done with it."""

    error_id = "import-busy"


class SourceUnavailable(TelemarketError):
    """A scheduled source did not answer, or not as it should; the next run tries again."""

    error_id = "import-source-unavailable"
    retryable = True
