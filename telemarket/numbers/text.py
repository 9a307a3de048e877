"""What numbers look like in text: cleaning, digits and the words for "extension"."""

import re
import unicodedata

MAX_TEXT = 500  # longer text is cut: no field for telephones is that long, and time stays bounded
DASHES = r"\-\u2010-\u2015\u2212"
SPACES = r" \t"
GAP = rf"[{SPACES}().{DASHES}]"  # what people put between the groups of one number

_NOT_SPACES = {code: " " for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}

# Ukrainian (дод., вн.), Russian (доб., внутр.) and English, before the extension's digits.
# "No" is what cleaning makes of №.
EXTENSION = (
    r"(?:доб(?:авочный)?|дод(?:атковий)?|внутр(?:енний|ішній)?|вн|ext(?:ension|n)?|x)"
    r"[\s.:=#]*(?:No)?[\s.]*(?P<extension>\d{1,10})(?!\d)"
)
_TRAILING_EXTENSION = re.compile(rf"[\s,;(]*(?<![^\W\d_]){EXTENSION}[\s).;]*$", re.IGNORECASE)


def clean(text: str) -> str:
    """`text` cut to MAX_TEXT, with one form for each digit and blank, without control characters."""
    text = unicodedata.normalize("NFKC", text[:MAX_TEXT])[:MAX_TEXT]
    return text.replace("\r", "\n").translate(_NOT_SPACES).strip()


def digits_of(text: str) -> str:
    """The decimal digits of `text`, in ASCII."""
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def split_extension(text: str) -> tuple[str, str]:
    """`text` without its trailing extension, and the extension's digits (empty: there is none)."""
    found = _TRAILING_EXTENSION.search(text)
    if found is None:
        return text, ""
    return text[: found.start()], digits_of(found["extension"])
