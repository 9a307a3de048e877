"""What can go wrong between Telemarket and ARI."""

from telemarket.core.errors import TelemarketError


class AriError(TelemarketError):
    """Asterisk refused a request.

    `status` is the HTTP status (0: no answer came), `path` the request without its query, which may carry
    personal data.
    """

    error_id = "ari"

    def __init__(self, status: int, method: str, path: str, message: str, *, remedy: str = "") -> None:
        what = f"{status} {message}" if status else message
        super().__init__(f"ARI {method} {path}: {what}.", remedy=remedy)
        self.status = status
        self.method = method
        self.path = path


class AriNotFound(AriError):
    """There is no such channel, bridge, recording… any more (404)."""

    error_id = "ari-not-found"


class AriConflict(AriError):
    """The channel or bridge is not in a state that allows this, or the id is taken (409, 412)."""

    error_id = "ari-conflict"


class AriRefused(AriError):
    """The user or password is wrong, or the user may only read (401, 403)."""

    error_id = "ari-refused"


class AriUnavailable(AriError):
    """Asterisk does not answer: no connection, no answer in time, or an error of its own (5xx).

    A request that only timed out may have taken effect.
    """

    error_id = "ari-unavailable"
    retryable = True


def refusal(status: int, method: str, path: str, message: str) -> AriError:
    """The error for an HTTP status of 400 or above."""
    if status == 404:
        return AriNotFound(status, method, path, message)
    if status in (409, 412):
        return AriConflict(status, method, path, message)
    if status in (401, 403):
        remedy = "Compare ari_user and ari_password with the [user] section of ari.conf, and its read_only."
        return AriRefused(status, method, path, message, remedy=remedy)
    if status >= 500:
        return AriUnavailable(status, method, path, message)
    return AriError(status, method, path, message)


def unreachable(method: str, path: str, reason: str) -> AriUnavailable:
    """The error when no answer came at all."""
    remedy = "Is Asterisk running, and is ari_url the address of its HTTP server (http.conf)?"
    return AriUnavailable(0, method, path, reason, remedy=remedy)
