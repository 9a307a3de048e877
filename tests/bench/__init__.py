"""Measurements. Each bench_NAME.py offers `run() -> dict`: it prints a table and returns what goes into the JSON."""
