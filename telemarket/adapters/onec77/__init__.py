"""1C:Enterprise 7.7 as a backend: a base of DBF files, a base in SQL, or a folder of exports."""

from telemarket.adapters.onec77.backend import KIND, OneC77Backend

__all__ = ["KIND", "OneC77Backend"]
