"""What a rule asks of contacts that become leads every night. All of it must be so; kept as JSON."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from telemarket.calls.plan import Part


class Comparison(StrEnum):
    """How a number is compared."""

    ABOVE = "above"
    BELOW = "below"
    EQUAL = "equal"


class DateWithin(Part, frozen=True, kw_only=True):
    """A date among a contact's further values: not before the night's day + `since`, nor after it + `until`. A payment
    due tomorrow: 1 and 1; a contract that ends within 30 days: 0 and 30; 5 to 10 days overdue: -10 and -5."""

    attribute: str
    since: int = 0  # days, negative: before
    until: int = 0


class NumberIs(Part, frozen=True, kw_only=True):
    """A number or a sum of money among the further values. Who has none is not found."""

    attribute: str
    comparison: Comparison = Comparison.ABOVE
    value: Decimal = Decimal(0)


class TextIs(Part, frozen=True, kw_only=True):
    """A text or a choice among the further values, whatever the case of its letters."""

    attribute: str
    value: str


class FlagIs(Part, frozen=True, kw_only=True):
    """A yes or no among the further values; who has neither counts as no."""

    attribute: str
    yes: bool = True


class Unfinished(Part, frozen=True, kw_only=True):
    """A request of this topic that was written so many days ago, or before, and is not done."""

    topic_id: int
    older_than: int = 0  # days


class Rule(Part, frozen=True, kw_only=True):
    """Who becomes a lead. What is left empty narrows nothing."""

    kind: str = ""  # person | company
    category: str = ""
    region: str = ""
    source: str = ""
    consultant_id: int | None = None
    dates: tuple[DateWithin, ...] = ()
    numbers: tuple[NumberIs, ...] = ()
    texts: tuple[TextIs, ...] = ()
    flags: tuple[FlagIs, ...] = ()
    unfinished: Unfinished | None = None
    rank: int = 100  # of its leads; 1 is called first
    show: tuple[str, ...] = ()  # further values that the operator sees with the lead, beside those compared
    again_after: int = 25  # days after which a contact who was a lead of the campaign may become one anew

    @property
    def told(self) -> tuple[str, ...]:
        """The further values that go with a lead."""
        conditions: tuple[DateWithin | NumberIs | TextIs | FlagIs, ...]
        conditions = (*self.dates, *self.numbers, *self.texts, *self.flags)
        return tuple(dict.fromkeys((*(each.attribute for each in conditions), *self.show)))


class LeadRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is kept, with what became of its last run."""

    id: int = 0  # 0: a new one
    campaign_id: int
    name: str
    rule: Rule
    at: str = "02:00"  # of the house's clock
    active: bool = True
    ran_at: datetime | None = None
    ran_for: date | None = None  # the day it last ran for
    found: int = 0  # leads the last run added
    failure: str = ""  # why the last run failed; empty: it did not


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A contact whom a rule finds: what he is called, and the values the rule is about."""

    contact_id: int
    name: str
    values: dict[str, str]


class RulePreview(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a rule would find this night; `count` is exact, `first` at most 20."""

    count: int
    first: tuple[Sample, ...]
