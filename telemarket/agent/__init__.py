"""The program beside an operator's browser: it opens the page of each call that comes to him."""
