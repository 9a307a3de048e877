"""A campaign in full swing, as its pages show it."""

from datetime import datetime, timedelta

from telemarket.core.i18n import N_
from telemarket.dialer.model import CampaignState
from telemarket.dialer.views import (
    Abandons,
    CampaignView,
    Minute,
    OperatorPhase,
    OperatorSeat,
    Rates,
    Said,
)

_NAMES = ("Олена Петренко", "Тарас Коваль", "Марія Гнатюк", "Юрій Савчук", "Ганна Мороз", "Петро Лис")
_PHASES = (OperatorPhase.TALKING, OperatorPhase.TALKING, OperatorPhase.WRAPUP, OperatorPhase.FREE, OperatorPhase.AWAY)


def busy_view(campaign_id: int, at: datetime, *, rate: float = 0.006, lines: int = 14) -> CampaignView:
    """A campaign that calls: six operators, an hour of calls, decisions of the pacing."""
    operators = tuple(
        OperatorSeat(
            id=100 + place,
            name=name,
            phase=_PHASES[place % len(_PHASES)],
            since=at - timedelta(seconds=17 + 43 * place),
            reason="Обід" if _PHASES[place % len(_PHASES)] is OperatorPhase.AWAY else "",
        )
        for place, name in enumerate(_NAMES)
    )
    minutes = tuple(
        Minute(
            dialed=12 + (place * 7) % 9,
            answered=4 + (place * 5) % 4,
            connected=3 + (place * 3) % 3,
            dropped=int(place in (12, 31, 47)),
            utilisation=0.72 + 0.2 * ((place * 11) % 10) / 10,
        )
        for place in range(60)
    )
    said = tuple(
        Said(
            at - timedelta(seconds=3 * place),
            N_(
                "%(count)s more: %(free)s expected free in %(within)s s, answer %(answer)s %%, risk %(risk)s %% of"
                " %(accepted)s %%",
                count=place % 3,
                free=f"{3.4 - place / 10:.1f}",
                within="11",
                answer="31",
                risk="0.8",
                accepted="1.0",
            ),
        )
        for place in range(20)
    )
    return CampaignView(
        campaign_id=campaign_id,
        at=at,
        state=CampaignState.RUNNING,
        lines=lines,
        most_lines=30,
        ringing=9,
        waiting=1,
        talking=2,
        operators=operators,
        today=Rates(dialed=3120, answer=0.29, hit=0.17),
        last_hour=Rates(dialed=871, answer=0.31, hit=0.21),
        calls_a_minute=14.6,
        abandons=Abandons(
            rate=rate, upper=rate * 1.5, target=0.01, window_days=30, abandoned=6, counted=1012, left=4.1
        ),
        said=said,
        minutes=minutes,
        leads_left=180,
        ends_at=at + timedelta(hours=3, minutes=20),
    )
