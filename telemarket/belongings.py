"""What belongs to contacts in the rooms of the house, for the daemon and the command line alike."""

from collections.abc import Mapping

from telemarket.calls.of_contacts import CallsOfContacts
from telemarket.casework.of_contacts import RequestsOfContacts
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.merges import Merges
from telemarket.contacts.personal import PersonalDataService
from telemarket.core.clock import Clock
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.dialer.of_contacts import LeadsOfContacts
from telemarket.messaging.of_contacts import MessagesOfContacts
from telemarket.numbers import NumberingPlan
from telemarket.recordings.of_contacts import RecordingsOfContacts
from telemarket.recordings.retention import Retention


def merges(database: Database, plan: NumberingPlan, clock: Clock, trust: Mapping[str, int]) -> Merges:
    """Merges after which calls, requests, leads and messages are the kept contact's."""
    rooms = (CallsOfContacts(), RequestsOfContacts(), LeadsOfContacts(), MessagesOfContacts())
    return Merges(database, plan, clock, trust, rooms)


def personal_data(
    database: Database, settings: Settings, plan: NumberingPlan, clock: Clock, retention: Retention
) -> PersonalDataService:
    """One person's data in all rooms."""
    recordings = RecordingsOfContacts(settings.recordings_dir, retention)
    rooms = (CallsOfContacts(), RequestsOfContacts(), LeadsOfContacts(), MessagesOfContacts(), recordings)
    return PersonalDataService(database, clock, ErasedKeys(settings.erasure_key_file, plan), rooms)
