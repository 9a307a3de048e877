"""What a supervisor plans for a project: when it is open, who may take a call, what a caller hears, where he ends up.

Everything here is data, kept with the project as JSON; times are seconds unless they are clock times.
"""

from enum import StrEnum

import msgspec


class Strategy(StrEnum):
    """Which of the operators that may take a call gets it."""

    LONGEST_IDLE = "longest-idle"
    FEWEST_CALLS = "fewest-calls"  # today
    ROUND_ROBIN = "round-robin"  # in the operators' order, after the one who was last
    RING_ALL = "ring-all"  # all at once; who answers first has it
    SKILL_LEVEL = "skill-level"  # the highest sum of the levels asked for, then the longest idle


class Sticky(StrEnum):
    """Whom a known caller is offered to before anybody else."""

    NOBODY = ""
    LAST_OPERATOR = "last-operator"
    CONSULTANT = "consultant"  # the contact's own; else the last operator


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a plan: unknown fields are refused."""


class Relaxation(Part, frozen=True, kw_only=True):
    """After so long a wait this level is enough; 0: the skill is no longer asked for."""

    after: float
    level: int


class SkillNeed(Part, frozen=True, kw_only=True):
    """A skill (`english`) and the least level, 1 to 100, an operator must have."""

    skill: str
    level: int = 1
    relax: tuple[Relaxation, ...] = ()

    def level_after(self, waited: float) -> int:
        """The level asked for after a wait of `waited` seconds."""
        level = self.level
        for step in self.relax:
            if waited >= step.after:
                level = step.level
        return level


class OverflowWhen(StrEnum):
    """What makes a call leave its queue."""

    CLOSED = "closed"  # it arrives outside working hours
    FULL = "full"  # as many wait already as the plan permits
    NO_OPERATORS = "no-operators"  # nobody of the project is on shift
    WAITED = "waited"  # it has waited `after` seconds


class Overflow(Part, frozen=True, kw_only=True):
    """A rule: when this happens the call goes `to` a destination (a `queue:` is served beside its own)."""

    when: OverflowWhen
    to: str
    after: float = 0.0


class Opening(Part, frozen=True, kw_only=True):
    """Clock times in the project's zone, "09:00" to "18:00"; `until` "24:00" is midnight."""

    since: str
    until: str


class Hours(Part, frozen=True, kw_only=True):
    """Working hours. No `week`: always open. `week` has seven days from Monday; `days` are dates ("2026-12-25")
    with hours of their own, none for a holiday."""

    timezone: str = ""  # IANA; empty: the house's
    week: tuple[tuple[Opening, ...], ...] = ()
    days: dict[str, tuple[Opening, ...]] = {}


class Announcements(Part, frozen=True, kw_only=True):
    """What a waiting caller is told, every so many seconds (0: never)."""

    every: float = 0.0
    position: bool = True
    expected_wait: bool = True


class CallbackPlan(Part, frozen=True, kw_only=True):
    """Callback that keeps the caller's place: offered after `offer_after` seconds (0: never by itself), or when he
    presses `key`. The number is confirmed by the caller. Unanswered, it is tried again."""

    key: str = ""
    offer_after: float = 0.0
    attempts: int = 3
    retry_after: float = 600.0
    expires_after: float = 86400.0

    @property
    def offered(self) -> bool:
        """Whether callers can have a callback at all."""
        return bool(self.key) or self.offer_after > 0


class NodeKind(StrEnum):
    """What a node of the menu does."""

    MENU = "menu"  # plays its sound and waits for a digit of `choices`
    SAY = "say"  # plays its sound and goes on to `then`
    ASK = "ask"  # takes digits up to `#`, looks the caller up by them if `look_up` says so, goes on to `then`


class Node(Part, frozen=True, kw_only=True):
    """One step of a project's menu. `choices` maps a digit to a destination; `otherwise` is where a caller goes
    who chose nothing valid `attempts` times. An empty destination is the project's queue."""

    kind: NodeKind
    sound: str = ""
    choices: dict[str, str] = {}
    then: str = ""
    otherwise: str = ""
    seconds: float = 5.0
    attempts: int = 3
    digits: int = 20
    look_up: bool = False


class Plan(Part, frozen=True, kw_only=True):
    """Everything planned for a project beside its name and numbers."""

    language: str = "uk"  # what callers hear: uk, ru or en
    strategy: Strategy = Strategy.LONGEST_IDLE
    skills: tuple[SkillNeed, ...] = ()
    priority: int = 0  # of its callers against those of other projects
    priority_per_minute: float = 1.0  # what each minute of waiting adds
    vip_priority: int = 10  # what a VIP contact adds
    sticky: Sticky = Sticky.NOBODY
    sticky_seconds: float = 30.0  # how long a caller waits for that operator only
    hours: Hours = Hours()
    greeting: str = ""  # a sound played before anything else
    menu: dict[str, Node] = {}  # by name; the node "start" is the first, after the greeting
    announcements: Announcements = Announcements()
    callback: CallbackPlan = CallbackPlan()
    max_waiting: int = 0  # 0: no limit
    overflow: tuple[Overflow, ...] = ()
    max_paused: int = 0  # operators who may pause at once; 0: no limit
    wrapup_extension: int = 60  # seconds an operator may add to his wrap-up at a time
    wrapup_longest: int = 600  # seconds it may last in all
    answer_within: int = 20  # the service level's threshold
    answer_target: int = 80  # the service level aimed at, percent
    longest_pause: int = 0  # seconds after which a pause counts as overrun; 0: never
