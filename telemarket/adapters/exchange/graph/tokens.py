"""Access tokens for an application, by msal; kept in memory only."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telemarket.adapters.exchange.graph.options import GraphOptions
from telemarket.backend import BackendRefused, BackendUnavailable
from telemarket.core.i18n import N_

if TYPE_CHECKING:  # both take long to import: they are, in the thread that needs them
    from msal import ConfidentialClientApplication
    from requests import Session

_PASSING = ("temporarily_unavailable", "server_error")


class Tokens:
    """Raises BackendUnavailable and BackendRefused."""

    def __init__(self, options: GraphOptions, ca_file: Path | None) -> None:
        self._options = options
        self._ca_file = ca_file
        host = urlsplit(options.base_url)
        self._scope = f"{host.scheme}://{host.netloc}/.default"
        self._session: Session | None = None
        self._application: ConfidentialClientApplication | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A token that is not about to expire; msal asks for one only when it has none."""
        async with self._lock:
            return await asyncio.to_thread(self._acquired)

    async def forget(self) -> None:
        """The token was not accepted: the next one is a new one."""
        async with self._lock:
            if self._application is not None:
                await asyncio.to_thread(self._application.remove_tokens_for_client)

    def _acquired(self) -> str:
        import requests

        try:
            self._application = self._application or self._signed_up()
            answer = self._application.acquire_token_for_client(scopes=[self._scope])
        except requests.exceptions.SSLError as error:
            raise untrusted(self._options.authority, error) from error
        except requests.RequestException as error:
            raise unreachable(self._options.authority, error) from error
        except ValueError as error:  # the organisation has no such address
            raise BackendRefused(
                N_("%(where)s does not know the organisation.", where=self._options.authority),
                remedy=N_("Check tenant and authority."),
            ) from error
        finally:
            if self._session is not None:
                self._session.close()  # it opens again in an hour
        if "access_token" in answer:
            return str(answer["access_token"])
        reason = str(answer.get("error_description") or answer.get("error"))
        if answer.get("error") in _PASSING:
            raise unreachable(self._options.authority, reason)
        raise BackendRefused(
            N_("%(where)s refuses the application: %(reason)s", where=self._options.authority, reason=reason),
            remedy=N_("Check tenant, client_id and client_secret, and that the secret has not expired."),
        )

    def _signed_up(self) -> "ConfidentialClientApplication":
        import requests
        from msal import ConfidentialClientApplication

        self._session = session = requests.Session()
        verify = str(self._ca_file) if self._ca_file else None
        session.request = partial(session.request, timeout=self._options.timeout, verify=verify)  # type: ignore[method-assign]
        return ConfidentialClientApplication(
            self._options.client_id,
            authority=f"{self._options.authority}/{self._options.tenant}",
            client_credential=self._options.client_secret.get_secret_value(),
            http_client=session,
            instance_discovery=False,  # the administrator has named whom to trust
        )


def unreachable(where: str, reason: object) -> BackendUnavailable:
    """Nobody answers there, or not now."""
    return BackendUnavailable(
        N_("%(where)s does not answer: %(reason)s", where=where, reason=str(reason) or type(reason).__name__),
        remedy=N_("Check that this machine reaches it, through a proxy where there is one."),
    )


def untrusted(where: str, reason: object) -> BackendRefused:
    """Somebody answers there who cannot prove who he is."""
    return BackendRefused(
        N_("The certificate of %(where)s is not trusted: %(reason)s", where=where, reason=str(reason)),
        remedy=N_("Where a proxy opens TLS connections, set ca_file to its authority's certificate."),
    )
