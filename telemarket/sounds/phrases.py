"""What a caller is told, as names of sounds. Pure: the engine plans with it, the driver plays.

Every phrase is one whole recording, so that grammar and intonation are right in each language; only a telephone
number is put together, digit by digit. A name such as "uk/position-3" is a path below the folder of sounds; `media`
makes of it what ARI plays. Every name there can be is in `catalog.phrases`.
"""

import bisect
from collections.abc import Iterable
from typing import Final

LANGUAGES: Final = ("uk", "ru", "en")
OTHERWISE: Final = "en"  # spoken to a caller of any other language
LAST_POSITION: Final = 50  # behind it a caller is told that there are more than so many
WAIT_MINUTES: Final = (*range(2, 11), 15, 20, 25, 30, 40, 50, 60)  # waits there is a phrase for
KEYS: Final = {**{str(digit): str(digit) for digit in range(10)}, "*": "star", "#": "hash"}
SPOKEN: Final = {**{str(digit): f"digit-{digit}" for digit in range(10)}, "+": "plus"}
UPLOADED: Final = "uploaded"  # the folder of supervisors' own sounds
BUILT_IN: Final = ("closed", "goodbye", "please-wait", "recording-notice")  # phrases a project may refer to by name

Names = tuple[str, ...]


def media(folder: str, names: Iterable[str]) -> list[str]:
    """What ARI plays for `names`; `folder` holds the sounds, an absolute path as Asterisk sees it.

    Pass the caller's language along (`lang`): a supervisor's sound may exist in several.
    """
    return [f"sound:{folder}/{name}" for name in names]


def sound(language: str, name: str) -> Names:
    """What a project calls `name`: one of Telemarket's phrases (`BUILT_IN`), or a supervisor's own sound."""
    return _say(language, name) if name in BUILT_IN else (uploaded(name),)


def uploaded(name: str) -> str:
    """A supervisor's own sound."""
    return f"{UPLOADED}/{name}"


def position(language: str, place: int) -> Names:
    """The caller's place in the queue, 1 for who is next."""
    if place <= 1:
        return _say(language, "position-next")
    if place > LAST_POSITION:
        return _say(language, "position-far")
    return _say(language, f"position-{place}")


def expected_wait(language: str, seconds: float) -> Names:
    """How long it will take, in steps as people say them, rounded up: nobody is promised less than `seconds`."""
    if seconds <= 60:
        return _say(language, "wait-short")
    step = bisect.bisect_left(WAIT_MINUTES, seconds / 60)
    if step == len(WAIT_MINUTES):
        return _say(language, "wait-long")
    return _say(language, f"wait-{WAIT_MINUTES[step]}")


def thank_you_wait(language: str) -> Names:
    """All operators are busy; please wait."""
    return _say(language, "please-wait")


def callback_offer(language: str, key: str) -> Names:
    """Press `key` (a digit, * or #) and be called back without losing the place. Raises KeyError for another key."""
    return _say(language, f"callback-offer-{KEYS[key]}")


def callback_confirm(language: str, number: str) -> Names:
    """The number that will be called, digit by digit; 1 confirms it, 2 changes it."""
    digits = tuple(SPOKEN[character] for character in number if character in SPOKEN)
    return _say(language, "callback-number", *digits, "callback-confirm")


def callback_enter(language: str) -> Names:
    """Enter the number to be called, then #."""
    return _say(language, "callback-enter")


def callback_promised(language: str) -> Names:
    """It is noted: the caller may hang up and will be called."""
    return _say(language, "callback-promised")


def voicemail_prompt(language: str) -> Names:
    """Leave a message after the tone; the tone is part of it."""
    return _say(language, "voicemail", "tone")


def closed(language: str) -> Names:
    """Nobody works at this hour."""
    return _say(language, "closed")


def invalid_choice(language: str) -> Names:
    """What was pressed means nothing here."""
    return _say(language, "invalid-choice")


def enter_number(language: str) -> Names:
    """Enter the number of the contract, then #."""
    return _say(language, "enter-number")


def recording_notice(language: str) -> Names:
    """The conversation is recorded."""
    return _say(language, "recording-notice")


def goodbye(language: str) -> Names:
    """Good-bye."""
    return _say(language, "goodbye")


def _say(language: str, *names: str) -> Names:
    folder = language if language in LANGUAGES else OTHERWISE
    return tuple(f"{folder}/{name}" for name in names)
