"""The demonstration's hotline: a project that shows what a plan can do, and the words of its menu."""

from pathlib import Path

from telemarket.calls.plan import (
    Announcements,
    CallbackPlan,
    Hours,
    Node,
    NodeKind,
    Opening,
    Overflow,
    OverflowWhen,
    Plan,
    Relaxation,
    SkillNeed,
    Sticky,
)
from telemarket.calls.projects import ProjectService
from telemarket.calls.sound_use import sound_uses
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.settings import SoundSettings
from telemarket.sounds.service import SoundService
from telemarket.sounds.speech import Speech

NUMBER = "080"
WORDS = {
    "hotline-menu": "Якщо ви телефонуєте щодо страхування автомобіля, натисніть один. "
    "Щодо медичного страхування, натисніть два. Щоб ми знайшли ваш договір, натисніть три.",
    "hotline-contract": "Введіть номер вашого договору і натисніть решітку.",
}
"""What the menu says, by the names of its sounds."""

_WORKDAY = (Opening(since="08:00", until="20:00"),)
HOTLINE_PLAN = Plan(
    skills=(
        SkillNeed(skill="english", level=60, relax=(Relaxation(after=30, level=20), Relaxation(after=60, level=0))),
    ),
    sticky=Sticky.LAST_OPERATOR,
    hours=Hours(
        week=(*[_WORKDAY] * 5, (Opening(since="10:00", until="16:00"),), ()),
        days={"2026-12-25": (), "2026-12-31": (Opening(since="08:00", until="14:00"),), "2027-01-01": ()},
    ),
    greeting="recording-notice",
    menu={
        "start": Node(
            kind=NodeKind.MENU,
            sound="hotline-menu",
            choices={"1": "queue:077", "2": "queue:078", "3": "node:contract", "0": ""},
        ),
        "contract": Node(kind=NodeKind.ASK, sound="hotline-contract", look_up=True),
    },
    announcements=Announcements(every=45),
    callback=CallbackPlan(key="1", offer_after=60),
    max_waiting=20,
    overflow=(
        Overflow(when=OverflowWhen.CLOSED, to="message:closed"),
        Overflow(when=OverflowWhen.FULL, to="callback"),
        Overflow(when=OverflowWhen.NO_OPERATORS, to="voicemail"),
        Overflow(when=OverflowWhen.WAITED, after=120, to="queue:077"),
    ),
)


async def say_menu(database: Path, folder: Path) -> None:
    """Speak the menu's words into the sounds below `folder`, if they are not there yet. Raises SpeechUnavailable."""
    opened = Database(f"sqlite+aiosqlite:///{database}", pool_size=1)
    try:
        projects = ProjectService(opened)
        speech = Speech(SoundSettings().speech_command)
        sounds = SoundService(opened, folder, utc_now, speech, lambda: sound_uses(projects))
        known = await sounds.names()
        for name, words in WORDS.items():
            if name not in known:
                await sounds.say(name, words, language="uk")
    finally:
        await opened.close()
