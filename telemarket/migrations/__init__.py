"""The database's schema, step by step. `telemarket.core.migrate` runs these; see script.py.mako for a new one."""
