"""What can go wrong while providing a PBX."""

from telemarket.core.errors import TelemarketError


class PbxError(TelemarketError):
    """The private PBX cannot be provided; the message says why and what to do."""

    error_id = "pbx"


class ProgramMissing(PbxError):
    """A program the PBX needs is not on this machine."""

    error_id = "pbx-program-missing"
