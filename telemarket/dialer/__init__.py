"""Outbound dialing: campaigns, their leads, and the pace at which calls are placed."""
