"""The demonstration: a believable call centre on this machine, with or without people at the desks."""
