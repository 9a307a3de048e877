"""Exchange for tests: a server that speaks EWS, and one that speaks Microsoft Graph."""
