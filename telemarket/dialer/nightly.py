"""The owner of what is done every night."""


class Nightly:
    """Runs rules, checks promises, prepares operators' days and follows dead numbers. `run` is its task."""

    async def run(self) -> None:
        """Until cancelled. Whatever fails is kept, told of, and tried again; nothing ends the night."""
        raise NotImplementedError
