"""The forms of a campaign's settings, one a section: which fields, in which words."""

from typing import Any, NamedTuple

import msgspec

from telemarket.calls.problems import Problem
from telemarket.core.i18n import N_, Message, Translator
from telemarket.desk import campaign_words as words
from telemarket.desk.campaign_editors import RetriesEditor, TrunksEditor
from telemarket.desk.project_forms import simple
from telemarket.desk.project_forms.draft import Draft
from telemarket.desk.project_forms.editors import Editor, HoursEditor
from telemarket.desk.project_forms.simple import Field, Kind
from telemarket.dialer.model import Campaign

_SECONDS = N_("seconds")
_DAYS = N_("days")
_HOURS = N_("hours")
_PERCENT = "%"


class Section(NamedTuple):
    """One form. `editor` draws what is a list; `template` draws the fields where they do not just follow each other."""

    key: str
    title: str
    fields: tuple[Field, ...]
    editor: Editor[Any] | None = None
    hint: str = ""
    template: str = ""

    def draft(self, campaign: Campaign, text: Translator) -> Draft:
        """The form as the campaign is, moments in the reader's zone."""
        raw = simple.show(self.fields, campaign, text.zone)
        if self.editor is not None:
            whole: Any = campaign
            below = raw
            for name in self.editor.root.split(".")[:-1]:
                whole, below = getattr(whole, name), below.setdefault(name, {})
            for name, part in self.editor.show(whole).items():
                below[name] = {**below.get(name, {}), **part} if isinstance(part, dict) else part
        return Draft(raw)

    def read(self, draft: Draft, campaign: Campaign, text: Translator) -> dict[str, Any]:
        """Fields of the campaign as the form says; what cannot be understood is added to the draft's problems."""
        values, problems = simple.read(self.fields, draft, text.zone)
        draft.problems += problems
        if self.editor is not None:
            values |= self.editor.read(draft, draft.problems)
        changed = campaign
        for path, value in values.items():
            changed = simple.replaced(changed, path, value)
        return {name: getattr(changed, name) for name in {path.partition(".")[0] for path in values}}

    def has(self, field: str) -> bool:
        """Whether a field of the campaign is in this form."""
        return any(field == root or field.startswith((f"{root}.", f"{root}[")) for root in self._roots)

    def place(self, field: str, draft: Draft) -> str:
        """Where in the form a problem of a campaign's field stands."""
        return self.editor.place(field, draft) if self.editor else field

    def check(self, draft: Draft, problems: list[Problem]) -> None:
        """Put those of a campaign's problems that are this form's at their places in it."""
        draft.problems += [
            msgspec.structs.replace(problem, field=self.place(problem.field, draft))
            for problem in problems
            if self.has(problem.field)
        ]

    @property
    def _roots(self) -> list[str]:
        return [field.path for field in self.fields] + ([self.editor.root] if self.editor else [])


BASICS = Section(
    "basics",
    N_("Name, mode, dates"),
    (
        Field("name", N_("What it is called")),
        Field(
            "mode",
            N_("How calls are placed"),
            Kind.CHOICE,
            choices=tuple((mode.value, word) for mode, word in words.MODES.items()),
            hint=N_("Predictive dialing may leave people without an operator: it needs their recorded consent."),
        ),
        Field(
            "terms.preview_seconds",
            N_("A previewed lead is dialed by itself after"),
            Kind.NUMBER,
            unit=_SECONDS,
            hint=N_("0: only when the operator says so."),
        ),
        Field("priority", N_("Priority"), Kind.WHOLE, hint=N_("1 to 100; 1 gets the free operators first.")),
        Field("starts_at", N_("Not before"), Kind.MOMENT),
        Field("ends_at", N_("Not after"), Kind.MOMENT),
        Field(
            "terms.skill",
            N_("Operators with the skill"),
            hint=N_("Empty: all operators of the project."),
        ),
    ),
)
HOURS = Section(
    "hours",
    N_("Working hours"),
    (Field("terms.hours.timezone", N_("Time zone"), Kind.ZONE, hint=N_("Empty: that of the house.")),),
    HoursEditor("terms.hours"),
    hint=N_("When the campaign's operators work. When people may be called is a matter of the law."),
)
LAW = Section(
    "law",
    N_("Law"),
    (
        Field("terms.profile.name", N_("Made from"), Kind.CHOICE, choices=tuple(words.PROFILES.items())),
        Field("terms.profile.target", N_("Calls that may be abandoned, at most"), Kind.PERCENT, unit=_PERCENT),
        Field("terms.profile.window_days", N_("reckoned over the last"), Kind.WHOLE, unit=_DAYS),
        Field(
            "terms.profile.denominator",
            N_("as a share"),
            Kind.CHOICE,
            choices=tuple((each.value, word) for each, word in words.DENOMINATORS.items()),
        ),
        Field("terms.profile.connect_seconds", N_("An operator speaks within"), Kind.NUMBER, unit=_SECONDS),
        Field("terms.profile.minimum_ring", N_("No call is given up before it rang"), Kind.NUMBER, unit=_SECONDS),
        Field(
            "terms.profile.lockout_hours",
            N_("After an abandoned call nobody calls again for"),
            Kind.NUMBER,
            unit=_HOURS,
        ),
        Field("terms.profile.consent", N_("Only who has given his consent is called"), Kind.FLAG),
    ),
    HoursEditor("terms.profile.hours"),
    hint=N_("What the law asks of these calls. The dialer keeps to it whatever else is set."),
    template="campaigns/law.html",
)
LINES = Section(
    "lines",
    N_("Lines and pace"),
    (
        Field(
            "terms.caller_ids",
            N_("Numbers shown to the callee"),
            Kind.LINES,
            hint=N_("One a line, used one after the other. Empty: the project's first number."),
        ),
        Field("terms.ring_seconds", N_("A call rings for"), Kind.NUMBER, unit=_SECONDS),
        Field("terms.pace.most_lines", N_("Calls at once, at most"), Kind.WHOLE, hint=N_("0: as many as the lines.")),
        Field("terms.pace.most_per_operator", N_("Calls for each operator, at most"), Kind.NUMBER),
        Field("terms.pace.slow", N_("Of what the pacing would dial"), Kind.PERCENT, unit=_PERCENT),
    ),
    TrunksEditor(),
)
ATTEMPTS = Section(
    "attempts",
    N_("Attempts"),
    (
        Field("terms.most_attempts", N_("Attempts at a lead in all"), Kind.WHOLE),
        Field("terms.per_number_a_day", N_("Attempts at one number a day"), Kind.WHOLE),
        Field(
            "terms.per_person_a_day",
            N_("Attempts at one person a day"),
            Kind.WHOLE,
            hint=N_("Of all campaigns together."),
        ),
        Field("terms.beside_others", N_("May call whom another campaign called today"), Kind.FLAG),
    ),
    RetriesEditor(),
)
MACHINES = Section(
    "machines",
    N_("Machines and messages"),
    (
        Field(
            "terms.detection.kind",
            N_("People are told from machines by"),
            Kind.CHOICE,
            choices=tuple((each.value, word) for each, word in words.DETECTORS.items()),
        ),
        Field(
            "terms.detection.on_machine",
            N_("With a machine"),
            Kind.CHOICE,
            choices=tuple((each.value, word) for each, word in words.ON_MACHINE.items()),
        ),
        Field(
            "terms.detection.seconds",
            N_("Decided within"),
            Kind.NUMBER,
            unit=_SECONDS,
            hint=N_("Undecided, it is a person."),
        ),
        Field(
            "terms.message",
            N_("Message when no operator is there"),
            Kind.SOUND,
            hint=N_("Who calls and from which number: the law asks for it."),
        ),
        Field(
            "terms.machine_message",
            N_("Message for machines"),
            Kind.SOUND,
            hint=N_("Also what a message-only campaign says."),
        ),
    ),
)
NUMBERS = Section(
    "numbers",
    N_("Number hygiene and promises"),
    (
        Field(
            "terms.silent_after",
            N_("A number is dead that never answered for"),
            Kind.WHOLE,
            unit=_DAYS,
            hint=N_("0: never. Dead numbers are not called until somebody has brought them up to date."),
        ),
        Field(
            "terms.responsible",
            N_("Whose task that is"),
            Kind.LOGIN,
            hint=N_("The contact's consultant, if there is one; else this person."),
        ),
        Field(
            "terms.debt",
            N_("Further value that says what is owed"),
            hint=N_("By it promised payments are checked on the day after. Empty: they are called about then."),
        ),
    ),
)
SECTIONS = {section.key: section for section in (BASICS, HOURS, LAW, LINES, ATTEMPTS, MACHINES, NUMBERS)}


_MENDED_IN = {
    "It has no lines to call by: add a trunk.": "settings/lines",
    "It has no number to show: name one, or give the project a number.": "settings/lines",
    "Choose the message for callees no operator is free for: the law asks for one.": "settings/machines",
    "Choose the message it is to say.": "settings/machines",
    "Choose the message to be left on answering machines.": "settings/machines",
    "There is no sound “%(name)s”.": "settings/machines",
    "The day of its end has passed.": "settings/basics",
    "It has nobody to call: add leads, or open closed ones again.": "leads/add",
    "Its legal profile asks for consent, and none of its leads has given it: record the consent of the "
    "contacts, or let operators dial one by one.": "settings/law",
}


def mended_in(problem: Message) -> str:
    """The page below a campaign's where what hinders its start is mended; empty: elsewhere."""
    return _MENDED_IN.get(problem.msgid, "")
