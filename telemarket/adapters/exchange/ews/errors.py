"""What exchangelib raises, in the words of the contract."""

from typing import Any

from exchangelib.errors import (
    ErrorAccessDenied,
    ErrorExceededConnectionCount,
    ErrorFolderNotFound,
    ErrorImpersonateUserDenied,
    ErrorInternalServerError,
    ErrorInternalServerTransientError,
    ErrorInvalidSyncStateData,
    ErrorItemNotFound,
    ErrorMailboxMoveInProgress,
    ErrorMailboxStoreUnavailable,
    ErrorNonExistentMailbox,
    ErrorServerBusy,
    ErrorTimeoutExpired,
    EWSError,
    MalformedResponseError,
    RateLimitError,
    ResponseMessageError,
    SOAPError,
    TransportError,
    UnauthorizedError,
)
from exchangelib.protocol import FailFast
from exchangelib.util import is_xml

from telemarket.backend import BackendRefused, BackendUnavailable, CursorRefused
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

_PASSING = (
    ErrorExceededConnectionCount,
    ErrorInternalServerError,
    ErrorInternalServerTransientError,
    ErrorMailboxMoveInProgress,
    ErrorMailboxStoreUnavailable,
    ErrorTimeoutExpired,
    RateLimitError,
)
_REMEDIES = {
    ErrorAccessDenied: N_("Give the user the right to read the folder, or the mailbox."),
    ErrorFolderNotFound: N_("Check folders and public_folders, and that the user may see them."),
    ErrorImpersonateUserDenied: N_("Give the user the role ApplicationImpersonation, or set access to delegate."),
    ErrorItemNotFound: N_("Check folders and public_folders, and that the user may see them."),
    ErrorNonExistentMailbox: N_("Check the addresses in mailboxes."),
}


class Away(TransportError):  # type: ignore[misc]
    """The server, or what stands before it, answers that it cannot, and not when it will."""


class OneTry(FailFast):  # type: ignore[misc]
    """Raises what an answer's status says, and never sleeps over it: waiting is the caller's business. exchangelib
    would take more of them for a busy server, and does not read Retry-After."""

    def raise_response_errors(self, response: Any) -> None:
        """Called with each answer; SOAP faults come with status 500 and are read later."""
        status = response.status_code
        if status == 200 or (status == 500 and response.content and is_xml(response.content)):
            return
        if status == 401:
            raise UnauthorizedError("HTTP 401")
        if (said := response.headers.get("Retry-After", "")).isdecimal():
            raise ErrorServerBusy(f"HTTP {status}", back_off=float(said))
        if status == 429 or status > 499:
            raise Away(f"HTTP {status}")
        raise MalformedResponseError(f"HTTP {status}")


def translated(error: EWSError, host: str) -> TelemarketError:
    """The same for people; which of the contract's errors it is says whether a retry can help."""
    reason = str(error) or type(error).__name__
    if isinstance(error, ErrorInvalidSyncStateData):
        return CursorRefused(N_("%(host)s no longer knows what was read last.", host=host))
    if isinstance(error, ErrorServerBusy):
        return BackendUnavailable(
            N_("%(host)s is busy: %(reason)s.", host=host, reason=reason), retry_after=error.back_off
        )
    if isinstance(error, UnauthorizedError):
        return BackendRefused(
            N_("%(host)s does not let the user in.", host=host), remedy=N_("Check user, password and auth.")
        )
    if isinstance(error, _PASSING):
        return BackendUnavailable(N_("%(host)s does not answer: %(reason)s.", host=host, reason=reason))
    if isinstance(error, ResponseMessageError):
        remedy = next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), "")
        return BackendRefused(N_("%(host)s refuses: %(reason)s", host=host, reason=reason), remedy=remedy)
    if "CERTIFICATE_VERIFY_FAILED" in reason:
        return BackendRefused(
            N_("The certificate of %(host)s is not trusted: %(reason)s.", host=host, reason=reason),
            remedy=N_("Set ca_file to the authority's certificate, and url to the name the certificate is for."),
        )
    if isinstance(error, MalformedResponseError | SOAPError):
        return BackendRefused(
            N_("%(host)s does not answer as Exchange: %(reason)s.", host=host, reason=reason[:200]),
            remedy=N_("Check url: it ends in /EWS/Exchange.asmx."),
        )
    if isinstance(error, TransportError):
        return BackendUnavailable(N_("%(host)s does not answer: %(reason)s.", host=host, reason=reason))
    return BackendRefused(N_("%(host)s refuses: %(reason)s", host=host, reason=reason))
