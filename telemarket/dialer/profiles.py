"""Laws a campaign may have to keep, as profiles to begin with.

A profile is data that a supervisor may sharpen: laws differ by what is said and to whom, and they change. The words say
what each is about; none of them is advice. Hours are by the clock where the callee lives.
"""

from collections.abc import Mapping

from telemarket.calls.plan import Hours, Opening
from telemarket.core.i18n import N_, Message
from telemarket.dialer.model import LegalProfile

_DAYTIME = Hours(week=((Opening(since="08:00", until="21:00"),),) * 7)

PROFILES: Mapping[str, LegalProfile] = {
    "ua": LegalProfile(name="ua", hours=_DAYTIME),
    "ru": LegalProfile(name="ru", hours=_DAYTIME),
    "us-ftc": LegalProfile(name="us-ftc", target=0.03, hours=_DAYTIME, consent=False),
    "uk-ofcom": LegalProfile(name="uk-ofcom", window_days=1, hours=_DAYTIME, consent=False),
    "eu": LegalProfile(name="eu", hours=_DAYTIME),
}
"""By name."""

PROFILE_WORDS: Mapping[str, Message] = {
    "ua": N_(
        "Ukraine. Advertising by mass calls needs prior consent that can be proved. The share of abandoned calls and "
        "the hours, 8 to 21, are the house's own promise."
    ),
    "ru": N_(
        "Russia. Advertising needs prior consent, which the advertiser has to prove, and must not be dialed without a "
        "person; mass calls are labelled by the operator of the network. The share of abandoned calls and the hours, "
        "8 to 21, are the house's own promise."
    ),
    "us-ftc": N_(
        "USA, FTC. At most 3 per cent of the calls people answer may be abandoned in 30 days; an operator speaks "
        "within 2 seconds; it rings at least 15 seconds; 8 to 21 by the callee's clock. Calls to mobile telephones may "
        "need consent besides."
    ),
    "uk-ofcom": N_(
        "United Kingdom, Ofcom. No share of abandoned calls is safe: 1 per cent is aimed at, day by day. It rings at "
        "least 15 seconds, and who was abandoned is left alone for 72 hours. Automated messages need consent."
    ),
    "eu": N_(
        "European Union. Automated calls need prior consent; for calls by people each member state has its own rules. "
        "The share of abandoned calls and the hours, 8 to 21, are the house's own promise."
    ),
}
"""What each means, for people."""
