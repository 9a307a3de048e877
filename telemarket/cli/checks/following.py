"""Queues and extensions of the PBX's own that Telemarket follows: whether it may, and whether they are there."""

from collections.abc import Collection, Sequence

from telemarket.asterisk.ami import AmiClient
from telemarket.cli.checks.findings import Finding, fail, ok
from telemarket.core.settings import Settings
from telemarket.following.telephones import compile_pattern

FOLLOWING = "following"
_DEADLINE = 4.0  # seconds to connect and sign in
_NEEDED = ("CoreShowChannels", "QueueStatus")


async def follow(settings: Settings, projects: Collection[str], logins: Collection[str]) -> Sequence[Finding]:
    """Nothing to say unless [following] is enabled; `projects` and `logins` are those there are."""
    following = settings.following
    if not following.enabled:
        return []
    for pattern in following.extensions:
        compile_pattern(pattern)
    numbers = {*following.queues.values(), *following.extensions.values()}
    unknown = [
        *(
            fail(FOLLOWING, f"there is no project {number!r}", "Add it, or mend [following].")
            for number in numbers - {*projects}
        ),
        *(
            fail(FOLLOWING, f"there is no person {login!r}", "Mend [following] telephones.")
            for login in {*following.telephones.values()} - {*logins}
        ),
    ]
    return unknown + await _pbx(settings)


async def _pbx(settings: Settings) -> list[Finding]:
    pbx, following = settings.asterisk, settings.following
    password = following.ami_password.get_secret_value()
    async with AmiClient(pbx.ami_host, pbx.ami_port, following.ami_user, password) as client:
        await client.wait_connected(_DEADLINE)
        permitted = (await client.action("ListCommands")).headers
        if missing := [action for action in _NEEDED if action not in permitted]:
            mend = "Give the user write = reporting in manager.conf, and load app_queue.so."
            return [fail(FOLLOWING, f"no {', '.join(missing)}: calls are not found after a restart", mend)]
        listed = (await client.action("QueueStatus")).events
    queues = {event.get("Queue") for event in listed if event.get("Event") == "QueueParams"}
    absent = [
        fail(FOLLOWING, f"the PBX has no queue {queue!r}", "Name queues as 'queue show' does.")
        for queue in following.queues
        if queue not in queues
    ]
    found = f"{len(following.queues)} queues, {len(following.extensions)} patterns of extensions"
    return absent or [ok(FOLLOWING, found)]
