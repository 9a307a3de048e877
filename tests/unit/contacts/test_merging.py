"""One contact out of what several sources say."""

from hypothesis import given
from hypothesis import strategies as st

from telemarket.backend import Record
from telemarket.contacts.model import OWN
from telemarket.contacts.sync.merging import Sourced, in_order_of_trust, merge, own_part, says_nothing

texts = st.sampled_from(["", "а", "б", "в"])
names = st.sampled_from(["Поліс", "Ліміт"])
records = st.builds(
    Record,
    key=st.just("1"),
    name=texts,
    company=texts,
    position=texts,
    site=texts,
    region=texts,
    phones=st.lists(st.tuples(st.just("mobile"), st.sampled_from(["1", "2", "3"])), unique=True).map(tuple),
    emails=st.lists(st.sampled_from(["a@x", "b@x"]), unique=True).map(tuple),
    addresses=st.lists(st.tuples(st.just("legal"), st.sampled_from(["Київ", "Львів"])), unique=True).map(tuple),
    categories=st.lists(st.sampled_from(["ДМС", "КАСКО"]), unique=True).map(tuple),
    attributes=st.dictionaries(names, st.sampled_from(["1", "2"])).map(lambda found: tuple(found.items())),
)
sources = st.lists(st.builds(Sourced, st.sampled_from(["onec", "crm"]), records), min_size=1, max_size=3)


def test_the_first_that_says_anything_counts_and_the_rest_is_united() -> None:
    own = Record(key="7", name="Інна", phones=(("mobile", "067"),), attributes=(("Поліс", "42"),))
    onec = Record(
        key="1",
        name="НОВОХА ІННА",
        company="Здорово",
        phones=(("home", "044"), ("mobile", "067")),
        emails=("Inna@x",),
        attributes=(("Поліс", "41"), ("Ліміт", "100")),
    )
    crm = Record(key="2", company="СК Здорово", emails=("inna@X", "второй@x"), categories=("VIP",))
    ordered = in_order_of_trust(
        [Sourced("crm", crm), Sourced("onec", onec), Sourced(OWN, own)], {OWN: 100, "onec": 100, "crm": 200}
    )
    merged = merge(ordered)
    assert [each.backend for each in ordered] == ["own", "onec", "crm"]
    assert (merged.name, merged.company) == ("Інна", "Здорово")
    assert merged.phones == (("mobile", "067", "own"), ("home", "044", "onec"))
    assert merged.emails == ("Inna@x", "второй@x")
    assert merged.attributes == {"Поліс": "42", "Ліміт": "100"}
    assert merged.origins == {
        "company": "onec",
        "attributes.Ліміт": "onec",
        "emails.Inna@x": "onec",
        "emails.второй@x": "crm",
    }


@given(sources)
def test_every_value_comes_from_a_record_and_none_is_lost(said: list[Sourced]) -> None:
    merged = merge(said)
    given_phones = {text for each in said for _, text in each.record.phones}
    assert {text for _, text, _ in merged.phones} == given_phones
    assert set(merged.attributes) == {name for each in said for name, _ in each.record.attributes}
    assert merged.name in {each.record.name for each in said}
    assert bool(merged.name) == any(each.record.name for each in said)


trusts = st.sampled_from([{OWN: 100, "onec": 100, "crm": 200}, {OWN: 100, "onec": 50, "crm": 70}])
SINGLES = ("name", "company", "position", "site", "region")


def shown_of(said: list[Sourced]) -> Record:
    """A contact as people see it, but for his telephones."""
    merged = merge(said)
    values = {name: getattr(merged, name) for name in (*SINGLES, "kind", "emails", "addresses", "categories")}
    return Record(key="7", attributes=tuple(merged.attributes.items()), **values)


@given(records, sources)
def test_what_people_want_is_what_the_merger_says(wanted: Record, others: list[Sourced]) -> None:
    own = own_part(wanted, shown_of(others), Record(key="1"), others)
    merged = merge([Sourced(OWN, own), *others])
    for field in SINGLES:
        assert getattr(merged, field) == (getattr(wanted, field) or getattr(merge(others), field))
    assert merged.attributes.items() >= dict(wanted.attributes).items()
    assert {text for _, text, _ in merged.phones} >= {text for _, text in wanted.phones}


@given(records, records, sources, trusts)
def test_what_people_change_is_what_the_merger_says(
    wanted: Record, before: Record, others: list[Sourced], trust: dict[str, int]
) -> None:
    others = in_order_of_trust(others, trust)
    shown = shown_of(in_order_of_trust([Sourced(OWN, before), *others], trust))
    own = own_part(wanted, shown, before, others)
    merged = merge([Sourced(OWN, own), *others])
    for field in SINGLES:
        if getattr(wanted, field) != getattr(shown, field):
            assert getattr(merged, field) == (getattr(wanted, field) or getattr(merge(others), field))
    for name, value in wanted.attributes:
        assert merged.attributes[name] == value or (name, value) in shown.attributes
    assert {text for _, text in merged.addresses} >= {text for _, text in wanted.addresses}
    for kind in ("emails", "categories"):
        assert set(getattr(merged, kind)) >= set(getattr(wanted, kind))


@given(records, sources, trusts)
def test_a_contact_kept_as_it_was_shown_leaves_peoples_own_word_as_it_was(
    before: Record, others: list[Sourced], trust: dict[str, int]
) -> None:
    """Whatever the sources say: what people had written is theirs still when the sources have ceased to say it."""
    others = in_order_of_trust(others, trust)
    shown = shown_of(in_order_of_trust([Sourced(OWN, before), *others], trust))
    own = own_part(shown, shown, before, others)
    for field in ("kind", *SINGLES):
        assert getattr(own, field) == getattr(before, field)
    for several in ("emails", "addresses", "categories", "attributes"):
        assert sorted(getattr(own, several)) == sorted(getattr(before, several))


@given(sources)
def test_wanting_what_others_say_adds_nothing_of_ones_own(others: list[Sourced]) -> None:
    shown, blank = shown_of(others), Record(key="7")
    assert own_part(shown, shown, blank, others) == own_part(shown, blank, blank, others) == blank


def test_a_record_without_name_and_number_names_nobody() -> None:
    assert says_nothing(Record(key="1", position="лікар", attributes=(("Поліс", "42"),)))
    assert not says_nothing(Record(key="1", emails=("a@x",)))
