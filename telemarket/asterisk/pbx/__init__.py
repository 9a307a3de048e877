"""A private Asterisk, and the configuration Telemarket needs of any Asterisk."""
