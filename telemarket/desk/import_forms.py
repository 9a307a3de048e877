"""The form in which somebody says what a file's columns mean."""

from collections.abc import Sequence

from starlette.datastructures import FormData

from telemarket.core.errors import InvalidInput
from telemarket.core.i18n import N_
from telemarket.desk.context import text_of
from telemarket.importing.headings import attribute_name, meaning
from telemarket.importing.model import ATTRIBUTE, NAME_KEY, NAME_PARTS, Column, Mapping, checked
from telemarket.importing.sample import Sample
from telemarket.numbers import NumberingPlan

_NAMES = frozenset({"name", "company", *NAME_PARTS})


def read_mapping(form: FormData, sample: Sample, header: int | None) -> Mapping:
    """What the form says of the sample's columns; `header` is the row said to hold their headings.

    Raises InvalidInput naming the field.
    """
    columns = [_column(form, place, heading) for place, heading in enumerate(sample.headings())]
    region = text_of(form, "region").strip().upper()
    _check_region(region)
    mapping = Mapping(
        columns=tuple(columns),
        keys=_keys(form, columns),
        add="add" in form,
        update="update" in form,
        empty="clear" if text_of(form, "empty") == "clear" else "leave",
        phones="replace" if text_of(form, "phones") == "replace" else "add",
        region=region,
        area_code=_area_code(form),
        source=text_of(form, "source")[:80],
        sheet=sample.sheet,
        header=header,
    )
    return checked(mapping)


def _column(form: FormData, place: int, heading: str) -> Column:
    target = text_of(form, f"target-{place}")
    if target != ATTRIBUTE:
        return Column(heading=heading, target=target)
    name = " ".join(text_of(form, f"attribute-{place}").split()) or attribute_name(heading)
    kind = text_of(form, f"kind-{place}") or "text"
    width = meaning(heading).width if kind == "text" else 0
    return Column(heading=heading, target=ATTRIBUTE + name, kind=kind, width=width)


def _keys(form: FormData, columns: Sequence[Column]) -> tuple[str, ...]:
    """Numbers of contracts and the like first, then telephone, mail, and the name with its company."""
    chosen = {str(place) for place in form.getlist("key")}
    targets = [column.target for place, column in enumerate(columns) if str(place) in chosen and column.target]
    keys = [target for target in targets if target.startswith(ATTRIBUTE)]
    keys += ["phone"] if any(target.partition(":")[0] == "phone" for target in targets) else []
    keys += ["email"] if "email" in targets else []
    keys += [NAME_KEY] if _NAMES.intersection(targets) else []
    return tuple(keys)


def _check_region(region: str) -> None:
    if region:
        try:
            NumberingPlan(regions=(region,))
        except Exception as error:
            raise InvalidInput(
                N_("There is no region “%(region)s”.", region=region),
                field="region",
                remedy=N_("Two letters, as in UA or PL."),
            ) from error


def _area_code(form: FormData) -> str:
    code = text_of(form, "area_code").strip()
    if code and not (code.isascii() and code.isdigit() and len(code) <= 8):
        raise InvalidInput(N_("An area code is made of digits."), field="area_code")
    return code
