"""A campaign in virtual time: callees, operators and lines around the pacing that places real calls."""
