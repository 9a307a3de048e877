"""The words of every phrase in the three languages, and where Asterisk's own recordings say the same."""

from functools import lru_cache

import msgspec
from babel import Locale

from telemarket.sounds.phrases import KEYS, LAST_POSITION, SPOKEN, WAIT_MINUTES

TONE = "tone"  # not spoken: the signal before a caller's message


class Phrase(msgspec.Struct, frozen=True):
    """One phrase in one language.

    `recordings` of Asterisk's set, played one after the other, say `text`; empty where none do.
    """

    text: str
    recordings: tuple[str, ...] = ()


_PLAIN = {
    "position-next": {
        "uk": "Ваш дзвінок — наступний у черзі. Оператор відповість вам, щойно звільниться.",
        "ru": "Ваш звонок — следующий в очереди. Оператор ответит вам, как только освободится.",
        "en": "You are next in the queue. The first operator who is free will answer you.",
    },
    "position-far": {
        "uk": f"Зараз у черзі понад {LAST_POSITION} дзвінків. Дякуємо, що чекаєте.",
        "ru": f"Сейчас в очереди более {LAST_POSITION} звонков. Спасибо, что ждёте.",
        "en": f"There are more than {LAST_POSITION} calls in the queue. Thank you for waiting.",
    },
    "wait-short": {
        "uk": "Приблизний час очікування — менше хвилини.",
        "ru": "Примерное время ожидания — менее минуты.",
        "en": "The expected wait is less than a minute.",
    },
    "wait-long": {
        "uk": "Приблизний час очікування — понад годину.",
        "ru": "Примерное время ожидания — более часа.",
        "en": "The expected wait is more than an hour.",
    },
    "please-wait": {
        "uk": "Усі оператори зараз зайняті. Будь ласка, залишайтеся на лінії: ваш дзвінок дуже важливий для нас.",
        "ru": "Все операторы сейчас заняты. Пожалуйста, оставайтесь на линии: ваш звонок очень важен для нас.",
        "en": "All our operators are busy. Please stay on the line: your call is important to us.",
    },
    "callback-number": {
        "uk": "Ми зателефонуємо вам за номером",
        "ru": "Мы перезвоним вам по номеру",
        "en": "We will call you back on",
    },
    "callback-confirm": {
        "uk": "Якщо номер правильний, натисніть один. Щоб указати інший номер, натисніть два.",
        "ru": "Если номер верный, нажмите один. Чтобы указать другой номер, нажмите два.",
        "en": "If this is right, press one. To give another number, press two.",
    },
    "callback-enter": {
        "uk": "Введіть номер телефону, за яким вам зателефонувати, і натисніть решітку.",
        "ru": "Введите номер телефона, по которому вам перезвонить, и нажмите решётку.",
        "en": "Please enter the number to call you on, followed by the hash key.",
    },
    "callback-promised": {
        "uk": "Дякуємо. Ваше місце в черзі збережено: ми зателефонуємо вам, щойно підійде ваша черга.",
        "ru": "Спасибо. Ваше место в очереди сохранено: мы перезвоним вам, как только подойдёт ваша очередь.",
        "en": "Thank you. Your place in the queue is kept, and we will call you when it is your turn.",
    },
    "voicemail": {
        "uk": "Залиште, будь ласка, повідомлення після сигналу. Коли закінчите, покладіть слухавку.",
        "ru": "Пожалуйста, оставьте сообщение после сигнала. Когда закончите, повесьте трубку.",
        "en": "Please leave a message after the tone. When you have finished, hang up.",
    },
    "closed": {
        "uk": "Дякуємо за дзвінок. На жаль, зараз ми не працюємо. Будь ласка, зателефонуйте нам у робочий час.",
        "ru": "Спасибо за звонок. К сожалению, сейчас мы не работаем. Пожалуйста, позвоните нам в рабочее время.",
        "en": "Thank you for calling. We are closed now. Please call us again during working hours.",
    },
    "invalid-choice": {
        "uk": "На жаль, такого варіанта немає. Будь ласка, спробуйте ще раз.",
        "ru": "К сожалению, такого варианта нет. Пожалуйста, попробуйте ещё раз.",
        "en": "Sorry, there is no such choice. Please try again.",
    },
    "enter-number": {
        "uk": "Введіть, будь ласка, номер вашого договору і натисніть решітку.",
        "ru": "Пожалуйста, введите номер вашего договора и нажмите решётку.",
        "en": "Please enter the number of your contract, followed by the hash key.",
    },
    "recording-notice": {
        "uk": "Розмову може бути записано для поліпшення якості обслуговування.",
        "ru": "Разговор может быть записан для улучшения качества обслуживания.",
        "en": "This call may be recorded to improve our service.",
    },
    "goodbye": {"uk": "Дякуємо за дзвінок. До побачення!", "ru": "Спасибо за звонок. До свидания!", "en": "Goodbye!"},
    "plus": {"uk": "плюс", "ru": "плюс", "en": "plus"},
    TONE: {"uk": "", "ru": "", "en": ""},
}
_POSITION = {
    "uk": "Ваш номер у черзі — {}. Будь ласка, дочекайтеся відповіді оператора.",
    "ru": "Ваш номер в очереди — {}. Пожалуйста, дождитесь ответа оператора.",
    "en": "You are number {} in the queue. Please wait for an operator.",
}
_WAIT = {
    "uk": "Приблизний час очікування — {}.",
    "ru": "Примерное время ожидания — {}.",
    "en": "The expected wait is about {}.",
}
_MINUTES = {
    "uk": {"few": "хвилини", "many": "хвилин"},
    "ru": {"few": "минуты", "many": "минут"},
    "en": {"other": "minutes"},
}
# What a speech engine would read in the wrong gender, or nobody would say.
_PERIODS = {
    "uk": {2: "дві хвилини", 60: "одна година"},
    "ru": {2: "две минуты", 60: "один час"},
    "en": {60: "an hour"},
}
_CALLBACK_OFFER = {
    "uk": "Щоб ми зателефонували вам, а ваше місце в черзі збереглося, натисніть {}.",
    "ru": "Чтобы мы перезвонили вам, а ваше место в очереди сохранилось, нажмите {}.",
    "en": "To be called back without losing your place in the queue, press {}.",
}
_KEYS = {
    "uk": {"*": "зірочку", "#": "решітку"},
    "ru": {"*": "звёздочку", "#": "решётку"},
    "en": {"*": "star", "#": "hash"},
}
_RECORDED_ALIKE: dict[str, tuple[str, ...]] = {
    "position-next": ("queue-youarenext",),
    "please-wait": ("queue-periodic-announce",),
    "invalid-choice": ("pm-invalid-option",),
    "goodbye": ("goodbye",),
    "plus": ("letters/plus",),
    TONE: ("beep",),
}
_RECORDED: dict[str, dict[str, tuple[str, ...]]] = {
    "uk": _RECORDED_ALIKE,
    "ru": _RECORDED_ALIKE,
    "en": _RECORDED_ALIKE | {"wait-short": ("queue-holdtime", "queue-less-than", "digits/1", "queue-minute")},
}


@lru_cache(maxsize=3)
def phrases(language: str) -> dict[str, Phrase]:
    """Every phrase of `language` (uk, ru, en) by name."""
    whole = {name: Phrase(texts[language], _RECORDED[language].get(name, ())) for name, texts in _PLAIN.items()}
    for digit in filter(str.isdecimal, SPOKEN):
        whole[SPOKEN[digit]] = Phrase(digit, (f"digits/{digit}",))
    for place in range(2, LAST_POSITION + 1):
        recorded = ("queue-thereare", *_number(place), "queue-callswaiting")
        whole[f"position-{place}"] = Phrase(_POSITION[language].format(place), recorded)
    for minutes in WAIT_MINUTES:
        whole[f"wait-{minutes}"] = _wait(language, minutes)
    for key, name in KEYS.items():
        spoken = _KEYS[language].get(key, key)
        whole[f"callback-offer-{name}"] = Phrase(_CALLBACK_OFFER[language].format(spoken))
    return whole


def _wait(language: str, minutes: int) -> Phrase:
    form = str(Locale(language).plural_form(minutes))
    period = _PERIODS[language].get(minutes) or f"{minutes} {_MINUTES[language][form]}"
    # Asterisk's recordings have no "две" and no "минуты".
    said = form in ("many", "other")
    recorded = ("queue-holdtime", *_number(minutes), "queue-minutes") if said else ()
    return Phrase(_WAIT[language].format(period), recorded)


def _number(number: int) -> tuple[str, ...]:
    """Recordings of a number below 100."""
    if number <= 20 or number % 10 == 0:
        return (f"digits/{number}",)
    return f"digits/{number - number % 10}", f"digits/{number % 10}"
