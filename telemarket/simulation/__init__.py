"""A call centre in virtual time: simulated PBX, callers and operators around the engine that answers the phone."""
