"""The forms of a project's page, one a section: which fields, in which words."""

from typing import NamedTuple

from telemarket.calls.model import Project
from telemarket.calls.plan import Plan, Sticky, Strategy
from telemarket.calls.plan_rules import KEYS, Surroundings, find_problems
from telemarket.calls.problems import Problem
from telemarket.calls.project_fields import ProjectFields
from telemarket.calls.recordings import FORMATS
from telemarket.core.i18n import LANGUAGES, N_
from telemarket.desk.project_forms import simple
from telemarket.desk.project_forms.draft import Draft
from telemarket.desk.project_forms.editors import Editor, HoursEditor, OverflowEditor, SkillsEditor
from telemarket.desk.project_forms.menu import MenuEditor
from telemarket.desk.project_forms.simple import Field, Kind

_SECONDS = N_("seconds")
_STRATEGIES = {
    Strategy.LONGEST_IDLE: N_("who has been free the longest"),
    Strategy.FEWEST_CALLS: N_("who had the fewest calls today"),
    Strategy.ROUND_ROBIN: N_("one after the other"),
    Strategy.RING_ALL: N_("all at once; who answers first"),
    Strategy.SKILL_LEVEL: N_("who is best at the skills asked for"),
}
_STICKY = {
    Sticky.NOBODY: N_("nobody in particular"),
    Sticky.LAST_OPERATOR: N_("whom he talked with last"),
    Sticky.CONSULTANT: N_("his consultant, else whom he talked with last"),
}
_FORMATS = {"wav": N_("WAV, best quality"), "ulaw": N_("G.711, half the size")}


class Section(NamedTuple):
    """One form. `editor` draws what is a list."""

    key: str
    title: str
    fields: tuple[Field, ...]
    editor: Editor[Plan] | None = None
    hint: str = ""

    def draft(self, project: Project) -> Draft:
        """The form as the project is."""
        raw = simple.show(self.fields, project)
        if self.editor is not None:
            for name, part in self.editor.show(project.plan).items():
                plan = raw.setdefault("plan", {})
                plan[name] = {**plan.get(name, {}), **part} if isinstance(part, dict) else part
        return Draft(raw)

    def read(self, draft: Draft, project: Project) -> ProjectFields:
        """What the form says, to be kept with `project`; what cannot be understood is added to the draft's problems."""
        values, problems = simple.read(self.fields, draft)
        draft.problems += problems
        if self.editor is not None:
            values |= self.editor.read(draft, draft.problems)
        fields = ProjectFields()
        plan = project.plan
        for path, value in values.items():
            name, _, below = path.partition(".")
            if below:
                plan = simple.replaced(plan, below, value)
            else:
                fields[name] = value  # type: ignore[literal-required]
        if plan != project.plan:
            fields["plan"] = plan
        return fields

    def check(self, draft: Draft, project: Project, around: Surroundings) -> ProjectFields:
        """`read`, and hold the plan against its rules: every problem of this section then stands in the draft."""
        fields = self.read(draft, project)
        if not draft.errors:
            found = find_problems(fields.get("plan", project.plan), around)
            draft.problems += [
                Problem(self.place(problem.field, draft), problem.message, problem.warning)
                for problem in found
                if self.has(problem.field)
            ]
        return fields

    def has(self, field: str) -> bool:
        """Whether a field of the project is in this form."""
        return any(field == root or field.startswith((f"{root}.", f"{root}[")) for root in self._roots)

    def has_part_of(self, field: str) -> bool:
        """Whether something below a field of the project is in this form."""
        return any(root.startswith(f"{field}.") for root in self._roots)

    @property
    def _roots(self) -> list[str]:
        return [field.path for field in self.fields] + ([self.editor.root] if self.editor else [])

    def place(self, field: str, draft: Draft) -> str:
        """Where in the form a problem of a project's field stands."""
        return self.editor.place(field, draft) if self.editor else field


BASICS = Section(
    "basics",
    N_("Name and numbers"),
    (
        Field("name", N_("What it is called")),
        Field("dnis", N_("Numbers that lead here"), Kind.LINES, hint=N_("As the exchange sends them, one a line.")),
        Field("ring_seconds", N_("An operator's telephone rings for"), Kind.WHOLE, unit=_SECONDS),
        Field(
            "plan.answer_within",
            N_("Service level: answered within"),
            Kind.WHOLE,
            unit=_SECONDS,
            hint=N_("What the board and the reports count as answered in time."),
        ),
        Field("plan.answer_target", N_("Aimed at"), Kind.WHOLE, unit=N_("per cent of the calls")),
    ),
)
HOURS = Section(
    "hours",
    N_("Hours and holidays"),
    (Field("plan.hours.timezone", N_("Time zone"), Kind.ZONE, hint=N_("Empty: that of the house.")),),
    HoursEditor(),
)
ROUTING = Section(
    "routing",
    N_("Who gets the call"),
    (
        Field("plan.strategy", N_("Of the free operators"), Kind.CHOICE, choices=tuple(_STRATEGIES.items())),
        Field("plan.sticky", N_("A known caller is offered first to"), Kind.CHOICE, choices=tuple(_STICKY.items())),
        Field("plan.sticky_seconds", N_("and waits for him alone"), Kind.NUMBER, unit=_SECONDS),
        Field(
            "plan.priority",
            N_("Priority"),
            Kind.WHOLE,
            hint=N_("Of its callers against those of other projects an operator serves; more goes first."),
        ),
        Field("plan.priority_per_minute", N_("Each minute of waiting adds"), Kind.NUMBER),
        Field("plan.vip_priority", N_("A VIP contact adds"), Kind.WHOLE),
    ),
    SkillsEditor(),
)
CALLER = Section(
    "caller",
    N_("What the caller hears"),
    (
        Field("plan.language", N_("Language"), Kind.CHOICE, choices=tuple(LANGUAGES.items())),
        Field("plan.greeting", N_("Greeting"), Kind.SOUND, hint=N_("Played before anything else.")),
        Field("music_class", N_("Music"), hint=N_("A class of the exchange's musiconhold.conf.")),
        Field(
            "plan.announcements.every",
            N_("Tell those who wait every"),
            Kind.NUMBER,
            unit=_SECONDS,
            hint=N_("0: they hear music only."),
        ),
        Field("plan.announcements.position", N_("their place in the queue"), Kind.FLAG),
        Field("plan.announcements.expected_wait", N_("how long it may take"), Kind.FLAG),
    ),
)
MENU = Section("menu", N_("Menu"), (), MenuEditor(), N_("After the greeting; without a menu callers go to the queue."))
OVERFLOW = Section(
    "overflow",
    N_("Overflow"),
    (Field("plan.max_waiting", N_("At most so many may wait"), Kind.WHOLE, hint=N_("0: as many as there are.")),),
    OverflowEditor(),
)
CALLBACK = Section(
    "callback",
    N_("Callback"),
    (
        Field(
            "plan.callback.key",
            N_("A waiting caller asks for it with the key"),
            Kind.CHOICE,
            choices=(("", "—"), *((key, key) for key in KEYS)),
        ),
        Field(
            "plan.callback.offer_after",
            N_("It is offered after"),
            Kind.NUMBER,
            unit=_SECONDS,
            hint=N_("0: not by itself."),
        ),
        Field("plan.callback.attempts", N_("Attempts"), Kind.WHOLE),
        Field("plan.callback.retry_after", N_("Between the attempts"), Kind.NUMBER, unit=_SECONDS),
        Field("plan.callback.expires_after", N_("Given up after"), Kind.NUMBER, unit=_SECONDS),
    ),
    hint=N_("The caller hangs up and keeps his place; when it is his turn, the centre calls him."),
)
RECORDING = Section(
    "recording",
    N_("Recording"),
    (
        Field("record", N_("Record the conversations"), Kind.FLAG),
        Field(
            "recording_format",
            N_("Format"),
            Kind.CHOICE,
            choices=tuple((name, _FORMATS.get(name, name)) for name in FORMATS),
        ),
        Field("recording_stereo", N_("Caller and operator apart (stereo)"), Kind.FLAG),
        Field("retention_days", N_("Kept for"), Kind.WHOLE, unit=N_("days"), hint=N_("0: for ever.")),
    ),
)
AFTER = Section(
    "after",
    N_("After the call and pauses"),
    (
        Field("wrapup_seconds", N_("Time to finish the card"), Kind.WHOLE, unit=_SECONDS),
        Field("plan.wrapup_extension", N_("An operator may add"), Kind.WHOLE, unit=_SECONDS),
        Field("plan.wrapup_longest", N_("up to, in all"), Kind.WHOLE, unit=_SECONDS),
        Field("plan.max_paused", N_("Operators who may pause at once"), Kind.WHOLE, hint=N_("0: as many as like.")),
        Field(
            "plan.longest_pause",
            N_("A pause is too long after"),
            Kind.WHOLE,
            unit=_SECONDS,
            hint=N_("0: never. The board shows it."),
        ),
    ),
)
CRM = Section(
    "crm",
    N_("Outside CRM"),
    (
        Field(
            "crm_url",
            N_("Address of its page"),
            hint=N_(
                "For example https://crm.example/?phone={{ call.ani }}, or backend:NAME for the record in a source."
            ),
        ),
        Field(
            "crm_open",
            N_("Open it"),
            Kind.CHOICE,
            choices=(("", N_("not")), ("window", N_("in a window of its own")), ("frame", N_("in the desk"))),
        ),
        Field("show_card", N_("Show Telemarket's own card as well"), Kind.FLAG),
    ),
)
SECTIONS = {
    section.key: section
    for section in (BASICS, HOURS, ROUTING, CALLER, MENU, OVERFLOW, CALLBACK, RECORDING, AFTER, CRM)
}
