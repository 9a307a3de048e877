"""`python -m telemarket`."""

from telemarket.cli.main import main

main()
