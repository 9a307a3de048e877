"""What imports show, in words."""

from telemarket.core.i18n import N_

STATES = {
    "waiting": N_("waits for its columns"),
    "running": N_("is being imported"),
    "stopping": N_("is stopping"),
    "stopped": N_("stopped"),
    "done": N_("imported"),
    "failed": N_("failed"),
    "undoing": N_("is being undone"),
    "undone": N_("undone"),
}
ACTIONS = {
    "new": N_("added"),
    "updated": N_("updated"),
    "unchanged": N_("left as they are"),
    "refused": N_("rejected"),
}
TARGETS = (
    (N_("Person"), (
        ("name", N_("Full name")), ("surname", N_("Surname")), ("first_name", N_("First name")),
        ("patronymic", N_("Patronymic")), ("position", N_("Position")), ("company", N_("Company")),
    )),
    (N_("Telephones and mail"), (
        ("phone", N_("Telephone")), ("phone:mobile", N_("Mobile telephone")), ("phone:direct", N_("Direct telephone")),
        ("phone:main", N_("Work telephone")), ("phone:home", N_("Home telephone")), ("phone:fax", N_("Fax")),
        ("phone:other", N_("Another telephone")), ("email", N_("Mail")), ("site", N_("Site")),
    )),
    (N_("Addresses"), (
        ("address:legal", N_("Registered address")), ("address:postal", N_("Postal address")),
        ("address:home", N_("Home address")), ("address:work", N_("Address at work")), ("address:other", N_("Address")),
        ("region", N_("Region")),
    )),
    (N_("Work with the contact"), (
        ("category", N_("Category")), ("source", N_("Source")), ("consultant", N_("Consultant")), ("vip", "VIP"),
        ("do_not_call", N_("Do not call")), ("consent", N_("Consent")),
    )),
)  # fmt: skip
"""What a column may be, by groups; beside a further value."""
KINDS = {
    "text": N_("text"),
    "number": N_("number"),
    "money": N_("money"),
    "date": N_("date"),
    "flag": N_("yes or no"),
}
FIELDS = {
    **{target: word for _, group in TARGETS for target, word in group},
    "emails": N_("Mail"),
    "phones": N_("Telephones"),
    "addresses": N_("Addresses"),
    "categories": N_("Category"),
    "consultant_id": N_("Consultant"),
    "kind": N_("Person or company"),
}


def field(name: str) -> str:
    """A changed field in words (marked for translation); a further value by its own name."""
    return FIELDS.get(name) or name.removeprefix("attribute:")
