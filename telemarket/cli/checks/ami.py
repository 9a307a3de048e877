"""Asterisk through AMI: reachable, our rights, the dialplan, the limits of its HTTP server."""

from collections.abc import Sequence

from telemarket.asterisk.ami import AmiClient, AmiError, AmiUnavailable
from telemarket.cli.checks.findings import Finding, fail, ok, warn
from telemarket.core.settings import AsteriskSettings

AMI = "AMI"
DIALPLAN = "dialplan"
HTTP = "HTTP sessions"
INCOMING = "telemarket"  # the context of the dialplan fragment
NEEDED_ACTIONS = ("MixMonitor", "StopMixMonitor")
_LEAST_SESSIONS = 200
_DEFAULT_SESSIONS = 100
_DEADLINE = 4.0  # seconds to connect and sign in


async def manager(settings: AsteriskSettings) -> Sequence[Finding]:
    """Everything that is asked through AMI."""
    password = settings.ami_password.get_secret_value()
    async with AmiClient(settings.ami_host, settings.ami_port, settings.ami_user, password) as client:
        await client.wait_connected(_DEADLINE)
        return [
            ok(AMI, "answers, user and password are right"),
            await _rights(client),
            await _context(client, INCOMING, needed=False),
            await _context(client, settings.fallback_context, needed=True),
            await _sessions(client),
        ]


async def _rights(client: AmiClient) -> Finding:
    """Asterisk lists only what this user may do."""
    permitted = (await client.action("ListCommands")).headers
    missing = [action for action in NEEDED_ACTIONS if action not in permitted]
    if missing:
        mend = "Give the user write = system,reporting in manager.conf; load app_mixmonitor.so."
        return fail("AMI rights", f"no {', '.join(missing)}: calls are not recorded", mend)
    return ok("AMI rights", "recording is permitted")


async def _context(client: AmiClient, context: str, *, needed: bool) -> Finding:
    try:
        reply = await client.action("Getvar", Variable=f"DIALPLAN_EXISTS({context})")
    except AmiUnavailable:
        raise
    except AmiError as error:
        return warn(DIALPLAN, f"[{context}] could not be asked for: {error.message}", "Give the user write = call.")
    match reply.headers.get("Value"):
        case "1":
            return ok(DIALPLAN, f"has [{context}]")
        case "0":
            mend = "Include extensions_telemarket.conf in extensions.conf and run 'dialplan reload'."
            return (fail if needed else warn)(DIALPLAN, f"has no context [{context}]", mend)
        case _:
            return warn(DIALPLAN, f"[{context}] could not be asked for", "Load func_dialplan.so.")


async def _sessions(client: AmiClient) -> Finding:
    """How many HTTP sessions Asterisk allows: each page's telephone takes one, the daemon two dozen."""
    try:
        reply = await client.action("GetConfig", Filename="http.conf", Category="general")
    except AmiUnavailable:
        raise
    except AmiError as error:
        mend = "Give the user write = system, or look into http.conf."
        return warn(HTTP, f"the limit could not be asked for: {error.message}", mend)
    lines = dict(str(line).partition("=")[::2] for name, line in reply.headers.items() if name.startswith("Line-"))
    limit = int(lines.get("sessionlimit", _DEFAULT_SESSIONS))
    if limit < _LEAST_SESSIONS:
        mend = "Set sessionlimit = 1000 in http.conf and restart Asterisk."
        return warn(HTTP, f"at most {limit}: pages' telephones use them up", mend)
    return ok(HTTP, f"at most {limit}")
