"""What can go wrong with sounds."""

from telemarket.core.errors import TelemarketError


class SpeechUnavailable(TelemarketError):
    """No speech can be made: the speech program is missing, or did not do it."""

    error_id = "speech-unavailable"


class SoundsError(TelemarketError):
    """The folder of sounds cannot be used."""

    error_id = "sounds"
