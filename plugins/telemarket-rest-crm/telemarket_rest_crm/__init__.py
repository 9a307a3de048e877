"""The kind of backend `rest-crm`: contacts of a CRM with the REST API that the README describes."""

from collections.abc import Sequence

from telemarket.backend import BackendKind
from telemarket.hookspecs import hookimpl
from telemarket_rest_crm.backend import RestCrmBackend
from telemarket_rest_crm.options import RestCrmOptions

KIND = BackendKind(name="rest-crm", title="CRM with a REST API", options=RestCrmOptions, open=RestCrmBackend)


@hookimpl
def telemarket_backend_kinds() -> Sequence[BackendKind]:
    return [KIND]
