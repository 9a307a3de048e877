"""Text from outside in a dialplan."""

# Characters a dialplan reads as more than text once a value stands inside $[…], ${…} or a quoted string.
_DANGEROUS = {ord(character): "" for character in "$`\\{}[]"} | {ord('"'): "'"}


def dialplan_text(value: str) -> str:
    """`value` fit to stand in a dialplan expression: `$["${TELEMARKET_NAME}" = "x"]` remains a comparison.

    Drops what would begin an expression or end a quotation, and turns double quotes into single ones.
    """
    return value.translate(_DANGEROUS)
