"""Words as the search knows them: one spelling for however a name is written. Pure.

Cyrillic is written in Latin letters, and the ways in which Ukrainian and Russian names come in Latin letters (English,
German, Polish, passports of several decades) are brought together: Шевченко, Shevchenko and Schewtschenko are one word.
What a reader would hardly call different is not told apart: г from ґ and х, и from і, ї and й, е from ё and є.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 40
_KEPT = 200_000  # words whose folding is remembered: names repeat

_APOSTROPHES = dict.fromkeys(map(ord, "'’ʼ‘`´ʹ′"))
_WORD = re.compile(r"[^\W_]+")
_CYRILLIC: dict[int, str] = {
    **dict(zip(map(ord, "абвгґдеєёэзиіїйыклмнопрстуўфх"), "abvhhdeeeeziiiiiklmnoprstuufh", strict=True)),
    **dict(zip(map(ord, "жцчшщъьюя"), ("zh", "ts", "ch", "sh", "sh", "", "", "iu", "ia"), strict=True)),
    **dict(zip(map(ord, "łøđı"), "lodi", strict=True)),  # have no decomposition
}
_LATIN = {
    **dict.fromkeys(("schtsch", "shch", "sch", "sz"), "sh"),
    **dict.fromkeys(("tsch", "tch", "cz", "ch"), "ch"),
    **dict.fromkeys(("kh", "gh", "g"), "h"),
    **dict.fromkeys(("ye", "je"), "e"),
    **{"ph": "f", "th": "t", "ck": "k", "qu": "kv", "c": "k", "q": "k", "w": "v", "x": "ks", "y": "i", "j": "i"},
}
_SPELLING = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)))
_DOUBLED = re.compile(r"([^\W\d])\1+")

# A word that is still being typed may end within one of the spellings above: each with what may be missing.
_UNFINISHED = {"ts": "ch", "t": "ch", "c": "h", "k": "h", "g": "h", "p": "h", "y": "e", "j": "e"}

_QWERTY = "qwertyuiop[]asdfghjkl;'zxcvbnm,."
_UKRAINIAN = "йцукенгшщзхїфівапролджєячсмитьбю"
_TO_CYRILLIC = str.maketrans(_QWERTY, _UKRAINIAN)
_TO_LATIN = str.maketrans(_UKRAINIAN + "ыэъ", _QWERTY + "s']")


def folded_words(*texts: str) -> list[str]:
    """The distinct words of `texts`, folded, in order of appearance. An apostrophe does not part a word."""
    plain = unicodedata.normalize("NFKC", " ".join(texts)).translate(_APOSTROPHES).casefold()
    return list(dict.fromkeys(filter(None, map(_fold, _WORD.findall(plain)))))


def typed_words(text: str) -> list[tuple[str, ...]]:
    """Like `folded_words`, for beginnings of words: what each may become once it is typed to its end."""
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    return list(dict.fromkeys(filter(all, map(_beginnings, _WORD.findall(plain)))))


def on_the_other_layout(text: str) -> str:
    """What would stand here, had the keyboard been switched between Latin and Ukrainian letters."""
    plain = text.casefold()
    return plain.translate(_TO_CYRILLIC if plain.isascii() else _TO_LATIN)


def _beginnings(word: str) -> tuple[str, ...]:
    word = word.translate(_CYRILLIC)
    longer = [word + rest for end, rest in _UNFINISHED.items() if word.endswith(end)]
    return tuple(dict.fromkeys(_fold(each) for each in (word, *longer)))


@lru_cache(_KEPT)
def _fold(word: str) -> str:
    word = word.translate(_CYRILLIC)
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    word = _SPELLING.sub(lambda found: _LATIN[found[0]], word)
    return _DOUBLED.sub(r"\1", word)[:LONGEST_WORD]
