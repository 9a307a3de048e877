"""A dialer that only says how campaigns stand."""

from telemarket.core.bus import EventBus
from telemarket.dialer.views import CampaignChanged, CampaignView


class FakeCampaignWatch:
    """Shows what it is told to show."""

    def __init__(self, bus: EventBus) -> None:
        self._bus = bus
        self._views: dict[int, CampaignView] = {}

    def view(self, campaign_id: int) -> CampaignView | None:
        """See `CampaignWatch`."""
        return self._views.get(campaign_id)

    def show(self, view: CampaignView) -> None:
        """From now on a campaign stands so."""
        self._views[view.campaign_id] = view
        self._bus.publish(CampaignChanged(view.campaign_id))
