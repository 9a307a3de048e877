"""Contacts out of spreadsheets and text files, by hand or on a schedule."""
