"""The conversation with an LDAP server, blocking: it belongs into a thread."""

import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ldap3 import ANONYMOUS, BASE, NONE, SIMPLE, SUBTREE, Connection, Server, Tls
from ldap3.core import results
from ldap3.core.exceptions import (
    LDAPCommunicationError,
    LDAPException,
    LDAPInvalidFilterError,
    LDAPOperationResult,
    LDAPResponseTimeoutError,
)

from telemarket.adapters.ldap.mapping import Values, text_of
from telemarket.adapters.ldap.options import DirectoryOptions
from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.errors import TelemarketError
from telemarket.core.i18n import N_

PAGE = 500  # entries; Active Directory gives at most 1,000 at once
_PAGING = "1.2.840.113556.1.4.319"
_CUT = {
    results.RESULT_SIZE_LIMIT_EXCEEDED,
    results.RESULT_TIME_LIMIT_EXCEEDED,
    results.RESULT_ADMIN_LIMIT_EXCEEDED,
}
_TRY_AGAIN = {results.RESULT_BUSY, results.RESULT_UNAVAILABLE}
_REMEDIES = {
    results.RESULT_INVALID_CREDENTIALS: N_("Check user and password."),
    results.RESULT_STRONGER_AUTH_REQUIRED: N_("Set tls to starttls or tls."),
    results.RESULT_CONFIDENTIALITY_REQUIRED: N_("Set tls to starttls or tls."),
    results.RESULT_NO_SUCH_OBJECT: N_("Check base, and that the user may see it."),
    results.RESULT_INVALID_DN_SYNTAX: N_("Check base and user: each is a DN."),
    results.RESULT_INSUFFICIENT_ACCESS_RIGHTS: N_("Give the user the right to read these entries."),
    results.RESULT_OPERATIONS_ERROR: N_("The server may refuse anonymous questions: set user and password."),
    results.RESULT_REFERRAL: N_("The base is on another server: name that one as host."),
}

Entry = tuple[str, Values]
"""An entry's DN and values."""


class Directory:
    """A signed-in connection, as a context manager.

    Raises BackendUnavailable where the server does not answer, BackendRefused where it or its certificate does not
    suit, also for an answer that it cut: a part must never be taken for the whole.
    """

    def __init__(self, options: DirectoryOptions, ca_file: Path | None) -> None:
        self._options = options
        self._ends = time.monotonic() + options.deadline
        self._connection = _prepared(options, ca_file)

    def __enter__(self) -> Self:
        try:
            self._connection.open(read_server_info=False)
            if self._options.tls == "starttls":
                self._connection.start_tls(read_server_info=False)
            self._connection.bind(read_server_info=False)
        except (LDAPException, OSError) as error:
            self._close()
            raise self._translated(error) from error
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._close()

    def pages(self, search_filter: str, attributes: Sequence[str]) -> Iterator[list[Entry]]:
        """All entries that match, a page at a time."""
        cookie: bytes | None = b""
        count = 0
        while cookie is not None:
            entries, result = self._search(search_filter, attributes, paged_size=PAGE, paged_cookie=cookie or None)
            count += len(entries)
            if result["result"] in _CUT:
                raise self._cut(count, result)
            yield entries
            cookie = result.get("controls", {}).get(_PAGING, {}).get("value", {}).get("cookie") or None

    def some(self, search_filter: str, attributes: Sequence[str], limit: int) -> list[Entry]:
        """At most `limit` of the entries that match."""
        entries, _ = self._search(search_filter, attributes, size_limit=limit)
        return entries

    def identity(self) -> str:
        """What tells this server from its replicas, where it says so (Active Directory does)."""
        entries, _ = self._search("(objectClass=*)", ["dsServiceName"], search_base="", search_scope=BASE)
        values = [text_of(value) for _, found in entries for value in found.get("dsservicename", ())]
        return "".join(values)

    def _search(
        self, search_filter: str, attributes: Sequence[str], **parameters: Any
    ) -> tuple[list[Entry], dict[str, Any]]:
        if time.monotonic() > self._ends:
            text = N_("The directory did not finish within %(seconds)s s.", seconds=self._options.deadline)
            raise BackendUnavailable(text)
        question = {"search_base": self._options.base, "search_scope": SUBTREE, **parameters}
        try:
            self._connection.search(search_filter=search_filter, attributes=list(attributes), **question)
        except (LDAPException, OSError) as error:
            raise self._translated(error) from error
        result = self._connection.result
        if result["result"] == results.RESULT_REFERRAL:
            raise self._refused(result["result"], result["description"], result["message"])
        found = [each for each in self._connection.response if each["type"] == "searchResEntry"]
        return [(each["dn"], _values(each["raw_attributes"])) for each in found], result

    def _close(self) -> None:
        with suppress(LDAPException, OSError):  # the server may have gone first
            self._connection.unbind()
        if self._connection.socket:  # ldap3 leaves it open where the server could not be reached
            self._connection.socket.close()

    def _cut(self, count: int, result: dict[str, Any]) -> BackendRefused:
        return BackendRefused(
            N_(
                "The directory cut its answer after %(count)s entries: %(reason)s.",
                count=count,
                reason=result["description"],
            ),
            remedy=N_("Raise the limits the server sets for this user, or narrow base and filter."),
        )

    def _translated(self, error: Exception) -> TelemarketError:
        host = self._options.host
        if isinstance(error, LDAPOperationResult):
            if error.result in _TRY_AGAIN:
                return BackendUnavailable(N_("%(host)s is busy: %(reason)s.", host=host, reason=error.description))
            return self._refused(error.result, error.description, error.message)
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return BackendRefused(
                N_("The certificate of %(host)s is not trusted: %(reason)s.", host=host, reason=str(error)),
                remedy=N_("Set ca_file to the authority's certificate, and host to the name the certificate is for."),
            )
        if isinstance(error, LDAPInvalidFilterError):
            return BackendRefused(N_("The filter cannot be read: %(reason)s.", reason=str(error)))
        if isinstance(error, LDAPCommunicationError | LDAPResponseTimeoutError | OSError):
            return BackendUnavailable(
                N_("%(host)s does not answer: %(reason)s.", host=host, reason=str(error)),
                remedy=N_("Check host, port and tls, and that a firewall lets this machine through."),
            )
        return BackendRefused(N_("%(host)s cannot be asked: %(reason)s.", host=host, reason=str(error)))

    def _refused(self, code: int, description: str, message: str) -> BackendRefused:
        reason = f"{description} {message}".strip()
        text = N_("%(host)s refuses: %(reason)s.", host=self._options.host, reason=reason)
        return BackendRefused(text, remedy=_REMEDIES.get(code, ""))


class _VerifiedTls(Tls):  # type: ignore[misc]
    """TLS as Python's own `ssl` does it, with the host's name checked; ldap3 checks it by a function that Python
    no longer has."""

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._ca_file = ca_file

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self._ca_file)
        connection.socket = context.wrap_socket(
            connection.socket, server_hostname=connection.server.host, do_handshake_on_connect=do_handshake
        )


def _prepared(options: DirectoryOptions, ca_file: Path | None) -> Connection:
    server = Server(
        options.host,
        port=options.port or (636 if options.tls == "tls" else 389),
        use_ssl=options.tls == "tls",
        tls=_VerifiedTls(ca_file),
        get_info=NONE,
        connect_timeout=options.timeout,
    )
    return Connection(
        server,
        user=options.user or None,
        password=options.password.get_secret_value() or None,
        authentication=SIMPLE if options.user else ANONYMOUS,
        receive_timeout=options.timeout,
        raise_exceptions=True,
        check_names=False,  # no schema is read
        auto_referrals=False,
        return_empty_attributes=False,
        read_only=True,
    )


def _values(raw: dict[str, list[bytes]]) -> Values:
    values: dict[str, list[bytes]] = {}
    for name, given in raw.items():
        values.setdefault(name.partition(";")[0].lower(), []).extend(given)
    return values
