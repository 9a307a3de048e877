"""Exchange as a source of contacts: on the own premises by EWS, Exchange Online by Microsoft Graph."""
