"""Plugins: found, loaded, held to the contract of `telemarket.hookspecs`, and survived when they break."""

from telemarket.plugins.manager import PluginManager
from telemarket.plugins.problems import Problem

__all__ = ["PluginManager", "Problem"]
