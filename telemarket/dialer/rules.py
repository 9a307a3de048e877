"""Rules that make leads of contacts every night."""

from datetime import datetime, tzinfo

from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.roles import User
from telemarket.dialer.rule_model import LeadRule, Rule, RulePreview


class Rules:
    """The rules, and their runs. `zone` is the house's."""

    def __init__(self, database: Database, clock: Clock, zone: tzinfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone

    async def of_campaign(self, campaign_id: int) -> tuple[LeadRule, ...]:
        """The campaign's rules, by name."""
        raise NotImplementedError

    async def save(self, rule: LeadRule, by: User) -> LeadRule:
        """Add a rule (id 0) or change one; it runs first in the next night. Raises NotAllowed, NotFound, and
        InvalidInput naming the field (`name`, `at`, `rule.dates[0].attribute`…)."""
        raise NotImplementedError

    async def remove(self, rule_id: int, by: User) -> None:
        """Forget a rule; its leads stay. Raises NotAllowed and NotFound."""
        raise NotImplementedError

    async def preview(self, rule: Rule) -> RulePreview:
        """Whom the rule would find if it ran now. Raises InvalidInput as `save`."""
        raise NotImplementedError

    async def run_due(self, now: datetime) -> int:
        """Run every rule whose time has come; returns how many leads they added."""
        raise NotImplementedError
