"""Bases of 1C:Enterprise 7.7 as 1C itself writes them."""
