"""What can go wrong between Telemarket and AMI."""

from telemarket.core.errors import TelemarketError


class AmiError(TelemarketError):
    """Asterisk refused an action."""

    error_id = "ami"


class AmiRefused(AmiError):
    """The user or secret is wrong, or manager.conf does not allow this user the action."""

    error_id = "ami-refused"


class AmiUnavailable(AmiError):
    """There is no connection, or no answer came in time. The action may have taken effect all the same."""

    error_id = "ami-unavailable"
    retryable = True
