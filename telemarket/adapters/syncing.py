"""What a process needs to synchronise backends: the daemon's child, and the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telemarket.adapters.registry import Registry
from telemarket.contacts.erased import ErasedKeys
from telemarket.contacts.sync.runner import SyncRunner
from telemarket.contacts.sync.services import ServiceStore
from telemarket.contacts.sync.states import SyncStates, this_process
from telemarket.contacts.sync.store import RecordStore
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.settings import Settings
from telemarket.numbers import NumberingPlan
from telemarket.plugins import PluginManager


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Registry]:
    """The configured backends, closed in the end. Loads the plugins for their kinds."""
    plugins = PluginManager(settings.plugins)
    plugins.load()
    registry = Registry(settings, plugins.backend_kinds(), utc_now)
    try:
        yield registry
    finally:
        await registry.close()


@asynccontextmanager
async def syncing(settings: Settings, *, accept_loss: bool = False) -> AsyncIterator[tuple[Registry, SyncRunner]]:
    """The configured backends, and what synchronises them into the database of `settings`."""
    plan = NumberingPlan(regions=tuple(settings.numbers.regions), area_code=settings.numbers.area_code)
    database = Database(settings.database_url, pool_size=2)
    try:
        async with opened(settings) as registry:
            erased = ErasedKeys(settings.erasure_key_file, plan)
            store = RecordStore(database, plan, utc_now, registry.trust(), erased)
            runner = SyncRunner(
                store,
                ServiceStore(database, utc_now),
                SyncStates(database, utc_now),
                this_process(),
                accept_loss=accept_loss,
            )
            yield registry, runner
    finally:
        await database.close()
