"""The plugins."""

import asyncio
from collections.abc import Sequence

from telemarket.cli.checks.findings import Finding, ok, warn
from telemarket.core.settings import PluginSettings
from telemarket.plugins import PluginManager

PLUGINS = "plugins"


async def plugins(settings: PluginSettings) -> Sequence[Finding]:
    """Whether all of them load and keep the contract. Runs their code, in a thread: it may be slow."""
    manager = PluginManager(settings)
    await asyncio.to_thread(_try_out, manager)
    if not manager.problems:
        return [ok(PLUGINS, ", ".join(manager.names) or "none")]
    return [
        warn(
            f"plugin {problem.plugin}",
            f"{problem.where}: {problem.what}",
            "Mend or update the plugin, or name it in [plugins] disabled.",
        )
        for problem in manager.problems
    ]


def _try_out(manager: PluginManager) -> None:
    manager.load()
    manager.backend_kinds()
    manager.agi_hooks()
    manager.pages()
