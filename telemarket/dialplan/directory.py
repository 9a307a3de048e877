"""Projects and operators as the dialplan names them: by number, by number called, by telephone."""

import re

from telemarket.calls.facts import Configured
from telemarket.calls.model import OperatorProfile, Project
from telemarket.hookspecs import AgiRequest

_CALL = re.compile(r"-[0-9a-f]{8}$")  # what a channel's name adds to the telephone's


class Directory:
    """The configuration of the running call centre; `take` it anew whenever it changes."""

    def __init__(self) -> None:
        self._by_number: dict[str, Project] = {}
        self._by_dnis: dict[str, Project] = {}
        self._by_telephone: dict[str, OperatorProfile] = {}
        self._by_login: dict[str, OperatorProfile] = {}
        self._by_id: dict[int, OperatorProfile] = {}

    def take(self, configured: Configured) -> None:
        """From now on this is what there is."""
        self._by_number = {project.number: project for project in configured.projects}
        self._by_dnis = {dnis: project for project in configured.projects for dnis in project.dnis}
        self._by_telephone = {operator.endpoint: operator for operator in configured.operators}
        self._by_login = {operator.login: operator for operator in configured.operators if operator.login}
        self._by_id = {operator.id: operator for operator in configured.operators}

    def project(self, request: AgiRequest) -> Project | None:
        """The project a hook is asked about: its argument `project`, a number; else whose the number called is."""
        if "project" in request.arguments:
            return self._by_number.get(request.arguments["project"])
        return self._by_dnis.get(dialled(request))

    def owner(self, dnis: str) -> Project | None:
        """The project that has this number."""
        return self._by_dnis.get(dnis)

    def operator(self, operator_id: int) -> OperatorProfile | None:
        """The operator with this id."""
        return self._by_id.get(operator_id)

    def operator_named(self, name: str) -> OperatorProfile | None:
        """The operator with this login, telephone ("PJSIP/anna") or channel ("PJSIP/anna-0000002a")."""
        return self._by_login.get(name) or self._by_telephone.get(_CALL.sub("", name))


def dialled(request: AgiRequest) -> str:
    """The number called: the argument `dnis`, else the channel's DNID, else its extension."""
    if "dnis" in request.arguments:
        return request.arguments["dnis"]
    dnid = request.variables.get("agi_dnid", "")
    return dnid if dnid not in ("", "unknown") else request.variables.get("agi_extension", "")
