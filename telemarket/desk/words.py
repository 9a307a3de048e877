"""Stored codes in words, marked for translation."""

from telemarket.contacts.model import MatchLevel
from telemarket.core.i18n import N_

MATCH_LEVELS = {
    MatchLevel.CHOSEN: N_("chosen before"),
    MatchLevel.INTERNAL: N_("internal number"),
    MatchLevel.EXACT: N_("same number"),
    MatchLevel.NATIONAL: N_("same number without the country"),
    MatchLevel.AREA_ASSUMED: N_("same number with the area code assumed"),
    MatchLevel.SUFFIX_9: N_("last nine digits agree"),
    MatchLevel.SUFFIX_7: N_("last seven digits agree"),
}
PHONE_KINDS = {
    "mobile": N_("mobile"),
    "direct": N_("direct"),
    "main": N_("work"),
    "home": N_("home"),
    "fax": N_("fax"),
    "other": N_("telephone"),
}
CONTACT_KINDS = {"person": N_("person"), "company": N_("company")}
ADDRESS_KINDS = {
    "legal": N_("Registered address"),
    "postal": N_("Postal address"),
    "home": N_("Home address"),
    "work": N_("Address at work"),
    "other": N_("Address"),
}
CONTACT_FIELDS = {
    "kind": N_("Kind"),
    "name": N_("Name"),
    "company": N_("Company"),
    "company_id": N_("Company's contact"),
    "position": N_("Position"),
    "phones": N_("Telephones"),
    "emails": N_("Mail"),
    "addresses": N_("Addresses"),
    "site": N_("Site"),
    "source": N_("Source"),
    "region": N_("Region"),
    "categories": N_("Categories"),
    "consultant_id": N_("Consultant"),
    "vip": N_("VIP"),
    "consent": N_("Consent to keep his data"),
    "do_not_call": N_("Do not call"),
    "incomplete": N_("To be completed"),
    "attributes": N_("Further values"),
    "archived": N_("Archived"),
    "merged_into": N_("Part of another contact"),
}
ATTRIBUTE_KINDS = {
    "text": N_("text"),
    "number": N_("number"),
    "money": N_("sum of money"),
    "date": N_("date"),
    "flag": N_("yes or no"),
    "choice": N_("one of a list"),
}
DOUBLE_REASONS = {"number": N_("same telephone"), "mail": N_("same mail"), "name": N_("same name and company")}
CONSENTS = {"": N_("not asked"), "given": N_("given"), "refused": N_("refused")}
REQUEST_STATES = {"open": N_("open"), "waiting": N_("waiting"), "done": N_("done")}
CALL_RESULTS = {
    "": N_("going on"),
    "answered": N_("answered"),
    "abandoned": N_("caller gave up"),
    "fallback": N_("sent to the fallback"),
    "callback": N_("asked to be called back"),
    "voicemail": N_("left a message"),
    "closed": N_("outside working hours"),
    "message": N_("heard a message"),
    "refused": N_("ended before anybody answered"),
    "expired": N_("not reached in time"),
    "no-answer": N_("no answer"),
    "busy": N_("telephone busy"),
    "declined": N_("call declined"),
    "failed": N_("failed"),
    "informed": N_("heard the message"),
    "dropped": N_("no operator was there in time"),
    "hung-up": N_("hung up before an operator was there"),
    "machine": N_("answering machine"),
    "message-left": N_("message left on the machine"),
    "screened": N_("an assistant asked who calls"),
    "fax": N_("fax"),
    "no-such-number": N_("no such number"),
    "out-of-service": N_("out of service"),
    "congestion": N_("no free line"),
    "skipped": N_("skipped by the operator"),
    "returned": N_("not called after all"),
    "ended-unobserved": N_("ended unobserved"),
    "while-down": N_("while Telemarket was down"),
}
# Who answered a campaign's call, where that is no result.
ANSWERED_BY = {"human": N_("a person"), "unknown": N_("probably a person"), "silence": N_("somebody silent")}
SKIP_REASONS = {
    "called": N_("already called"),
    "wrong-data": N_("the data are wrong"),
    "bad-time": N_("not a good time"),
    "settled": N_("already settled"),
}
PROMISES = {"paid": N_("paid"), "unpaid": N_("not paid"), "unknown": N_("nobody knows whether it was paid")}
TASK_KINDS = {"lead": N_("to call"), "promise": N_("promised and not paid"), "request": N_("request")}
RECORDING_STATES = {
    "expected": N_("in progress"),
    "sound": N_("complete"),
    "short": N_("too short"),
    "missing": N_("missing"),
    "unreadable": N_("cannot be read"),
    "deleting": N_("being deleted"),
    "deleted": N_("deleted"),
}
MARKS = {
    "recording.paused": N_("recording paused"),
    "recording.resumed": N_("recording goes on"),
    "call.held": N_("on hold"),
    "call.resumed": N_("off hold"),
    "call.transferred": N_("transferred"),
    "call.parked": N_("parked"),
    "call.retrieved": N_("taken up again"),
    "call.conference": N_("conference"),
}
MARKED_BY = {
    "button": N_("by the operator"),
    "api": N_("by the outside CRM"),
    "operator": N_("this operator is not recorded"),
}
ACCESSES = {
    "recording.play": N_("listened"),
    "recording.download": N_("downloaded"),
    "recording.hold": N_("put on legal hold"),
    "recording.release": N_("released"),
    "recording.delete": N_("deleted"),
}
ENDED_BY = {
    "caller": N_("ended by the caller"),
    "operator": N_("ended by the operator"),
    "supervisor": N_("ended by a supervisor"),
    "telemarket": N_("ended by Telemarket"),
    "pbx": N_("ended by the exchange"),
    "unobserved": N_("ended unobserved"),
}
ROLES = {
    "display": N_("display on the wall"),
    "operator": N_("operator"),
    "senior": N_("senior operator"),
    "supervisor": N_("supervisor"),
    "administrator": N_("administrator"),
}
AGENT_STATES = {
    "offline": N_("not on shift"),
    "ready": N_("free"),
    "ringing": N_("it rings there"),
    "preview": N_("looks at a lead"),
    "talking": N_("talks"),
    "wrap-up": N_("after a call"),
    "paused": N_("on a pause"),
    "watching": N_("listens to a call"),
}
# Reasons of a pause or an absence that are no entry of the list of pauses.
REASONS = {
    "no-answer": N_("no answer"),
    "page-lost": N_("page closed"),
    "telephone": N_("telephone not connected"),
    "telephone-unreachable": N_("telephone not reachable"),
    "busy": N_("telephone busy"),
    "declined": N_("call declined"),
    "connection-lost": N_("connection lost"),
    "hung-up-early": N_("hung up before the caller was put through"),
    "fault": N_("the exchange refused"),
}
