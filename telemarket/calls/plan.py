"""What a supervisor plans for a project: when it is open, who may take a call, what a caller hears, where he ends up.

Everything here is data, kept with the project as JSON; times are seconds unless they are clock times.
"""

from enum import StrEnum

import msgspec


class Strategy(StrEnum):
    """Which of the operators that may take a call gets it."""

    LONGEST_IDLE = "longest-idle"  # who has been free the longest
    FEWEST_CALLS = "fewest-calls"  # who had the fewest today
    ROUND_ROBIN = "round-robin"  # in the operators' order, after the one who was last
    RING_ALL = "ring-all"  # all at once; who answers first has it
    SKILL_LEVEL = "skill-level"  # the highest sum of the levels asked for, then the longest idle


class Sticky(StrEnum):
    """Whom a known caller is offered to before anybody else."""

    NOBODY = ""  # nobody in particular
    LAST_OPERATOR = "last-operator"  # whom he talked with last
    CONSULTANT = "consultant"  # the contact's own; else the last operator


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a plan: unknown fields are refused."""


class Relaxation(Part, frozen=True, kw_only=True):
    """After so long a wait this level is enough; 0: the skill is no longer asked for."""

    after: float  # seconds of waiting
    level: int  # the least from then on


class SkillNeed(Part, frozen=True, kw_only=True):
    """A skill (`english`) and the least level, 1 to 100, an operator must have."""

    skill: str  # one lower-case word
    level: int = 1  # the least, 1 to 100
    relax: tuple[Relaxation, ...] = ()  # steps, each later and lower than the one before

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

    when: OverflowWhen  # what makes it leave
    to: str  # destination
    after: float = 0.0  # seconds of waiting, of `waited`


class Opening(Part, frozen=True, kw_only=True):
    """Clock times in the project's zone, "09:00" to "18:00"; `until` "24:00" is midnight."""

    since: str  # "00:00" to "23:59"
    until: str  # to "24:00"; not after `since`: in the next day


class Hours(Part, frozen=True, kw_only=True):
    """Working hours. No `week`: always open. `week` has seven days from Monday; `days` are dates ("2026-12-25")
    with hours of their own, none for a holiday."""

    timezone: str = ""  # IANA; empty: the house's
    week: tuple[tuple[Opening, ...], ...] = ()  # seven days from Monday; none: always open
    days: dict[str, tuple[Opening, ...]] = {}  # by date, "2026-12-25"; no openings: a holiday


class Announcements(Part, frozen=True, kw_only=True):
    """What a waiting caller is told, every so many seconds (0: never)."""

    every: float = 0.0  # seconds; 0: never
    position: bool = True  # his place in the queue
    expected_wait: bool = True  # how long it may take


class CallbackPlan(Part, frozen=True, kw_only=True):
    """Callback that keeps the caller's place: offered after `offer_after` seconds (0: never by itself), or when he
    presses `key`. The number is confirmed by the caller. Unanswered, it is tried again."""

    key: str = ""  # that asks for it; empty: none
    offer_after: float = 0.0  # seconds of waiting; 0: not offered
    attempts: int = 3  # calls to him
    retry_after: float = 600.0  # seconds between two attempts
    expires_after: float = 86400.0  # seconds after which it is given up

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

    kind: NodeKind  # what it does
    sound: str = ""  # played first
    choices: dict[str, str] = {}  # destinations by key, of a menu
    then: str = ""  # destination after `say` and `ask`
    otherwise: str = ""  # destination of who chose nothing valid
    seconds: float = 5.0  # to wait for a key
    attempts: int = 3  # to choose or to type something valid
    digits: int = 20  # that are taken at most, by `ask`
    look_up: bool = False  # whether what was typed says who the caller is


class Plan(Part, frozen=True, kw_only=True):
    """Everything planned for a project beside its name and numbers."""

    language: str = "uk"  # what callers hear: uk, ru or en
    strategy: Strategy = Strategy.LONGEST_IDLE  # which of the free operators gets a call
    skills: tuple[SkillNeed, ...] = ()  # all of them an operator must have
    priority: int = 0  # of its callers against those of other projects
    priority_per_minute: float = 1.0  # what each minute of waiting adds
    vip_priority: int = 10  # what a VIP contact adds
    sticky: Sticky = Sticky.NOBODY  # whom a known caller is offered to first
    sticky_seconds: float = 30.0  # how long a caller waits for that operator only
    hours: Hours = Hours()  # when it is open
    greeting: str = ""  # a sound played before anything else
    menu: dict[str, Node] = {}  # by name; the node "start" is the first, after the greeting
    announcements: Announcements = Announcements()  # what those who wait are told
    callback: CallbackPlan = CallbackPlan()  # to be called back instead of waiting
    max_waiting: int = 0  # callers who may wait at once; 0: no limit
    overflow: tuple[Overflow, ...] = ()  # what makes a call leave the queue, and where it goes
    max_paused: int = 0  # operators who may pause at once; 0: no limit
    wrapup_extension: int = 60  # seconds an operator may add to his wrap-up at a time
    wrapup_longest: int = 600  # seconds it may last in all
    answer_within: int = 20  # the service level's threshold
    answer_target: int = 80  # the service level aimed at, percent
    longest_pause: int = 0  # seconds after which a pause counts as overrun; 0: never
