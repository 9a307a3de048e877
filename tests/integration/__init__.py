"""Tests against the real parts: Asterisk, sipp, databases."""
