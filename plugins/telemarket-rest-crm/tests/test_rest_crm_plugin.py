"""The REST CRM as Telemarket meets it: what every backend has to do, and what is its own."""

import re
import tomllib
from collections.abc import AsyncIterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import msgspec
import pytest
from crm_server import CrmServer
from telemarket_rest_crm import KIND

from telemarket.backend import Backend, BackendRefused, ResultRefused
from telemarket.core.settings import PluginSettings
from telemarket.plugins import PluginManager, discovery
from tests.integration.adapters.contract import OLENA, RESULT, BackendContract, Mirror, Person
from tests.integration.adapters.opening import opened

TOKEN = "the CRM's token"


class CrmSource:
    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address", "limit"})
    page = 25
    secret = TOKEN

    def __init__(self, crm: CrmServer, folder: Path) -> None:
        self.crm = crm
        self._folder = folder
        self.backend = self.open()

    def open(self, **options: Any) -> Backend:
        usual = {"url": self.crm.url, "token": TOKEN, "page": 10, "timeout": 1, "patience": 0}
        return opened(KIND, self._folder, **usual | options)

    async def put(self, *people: Person) -> None:
        for person in people:
            self.crm.put(_contact(person))

    async def remove(self, *ids: str) -> None:
        for each in ids:
            self.crm.remove(each)

    def key(self, person_id: str) -> str:
        return person_id

    async def forget_cursors(self) -> None:
        self.crm.forget()

    async def die(self) -> None:
        self.crm.failing = (502, {})

    async def revive(self) -> None:
        self.crm.failing = None

    async def stall(self) -> None:
        self.crm.stalled = True

    async def throttle(self, seconds: int) -> None:
        self.crm.failing = (429, {"Retry-After": str(seconds)})

    def intruder(self) -> Backend:
        return self.open(token="intruder's secret")

    def unreachable(self) -> Backend:
        return self.open(url="http://127.0.0.1:9")

    async def results(self) -> Sequence[str]:
        return [text.partition("\n")[2] for _, text in self.crm.notes.values()]


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[CrmSource]:
    crm = CrmServer(TOKEN)
    await crm.server.start_server(shutdown_timeout=0)
    source = CrmSource(crm, tmp_path)
    yield source
    await source.backend.close()
    await crm.server.close()


class TestRestCrm(BackendContract):
    """What every backend has to do."""


def test_telemarket_finds_the_kind_where_the_package_announces_it(monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    announced = project["entry-points"][discovery.ENTRY_POINT_GROUP]
    found = [EntryPoint(name, value, discovery.ENTRY_POINT_GROUP) for name, value in announced.items()]
    monkeypatch.setattr(discovery, "entry_points", lambda **_: found)
    manager = PluginManager(PluginSettings())
    manager.load()
    assert manager.backend_kinds() == (KIND,)
    assert manager.problems == ()


async def test_a_busy_crm_is_waited_for_within_bounds(source: CrmSource) -> None:
    await source.put(OLENA)
    await source.throttle(0)
    requests = source.crm.requests
    findings = await source.open(patience=5).check()
    assert not findings[0].well
    assert source.crm.requests - requests == 5
    await source.revive()
    mirror = Mirror(source.open(patience=5))
    await mirror.synchronise()
    assert len(mirror.records) == 1


async def test_pages_of_the_crm_are_opened_for_a_contact_and_for_a_caller(source: CrmSource) -> None:
    await source.put(msgspec.structs.replace(OLENA, id="a/b?c"))
    mirror = Mirror(source.backend)
    await mirror.synchronise()
    assert mirror.records["a/b?c"].url == f"{source.crm.url}/contacts/a%2Fb%3Fc"
    assert source.backend.card_url("+380671234567", "0671234567").endswith("/search?phone=%2B380671234567")


async def test_a_result_that_comes_twice_is_noted_once(source: CrmSource) -> None:
    result = msgspec.structs.replace(RESULT, record_key="a/b")
    for _ in range(2):
        await source.backend.write_back(result)
    assert [contact for contact, _ in source.crm.notes.values()] == ["a/b"]


async def test_only_a_note_for_a_contact_that_is_gone_is_passed_over(source: CrmSource) -> None:
    await source.put(OLENA)
    await source.remove(OLENA.id)
    result = msgspec.structs.replace(RESULT, record_key=OLENA.id)
    with pytest.raises(ResultRefused):
        await source.backend.write_back(result)
    for waits in (source.intruder(), source.open(url=source.crm.url + "/elsewhere")):
        with pytest.raises(BackendRefused) as refused:
            await waits.write_back(result)
        assert not isinstance(refused.value, ResultRefused)


async def test_an_address_that_is_no_crm_is_refused_with_what_to_do(source: CrmSource) -> None:
    [finding] = await source.open(url=source.crm.url + "/elsewhere").check()
    assert (finding.well, finding.remedy) == (False, "Check url.")


def test_the_configuration_of_the_readme_is_one() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^```toml\n(.*?)^```", readme, re.M | re.S)
    section = tomllib.loads(told)["backends"]["crm"]
    assert section["kind"] == KIND.name
    assert KIND.options.model_validate(section["options"] | {"token": TOKEN})


def _contact(person: Person) -> dict[str, Any]:
    phones = (("mobile", person.mobile), ("work", person.direct), ("fax", person.fax))
    left = [] if person.limit is None else [{"service": "ДМС", "amount": str(person.limit), "currency": "UAH"}]
    return {
        "id": person.id,
        "name": person.name,
        "company": person.company,
        "position": person.position,
        "phones": [{"type": kind, "number": number} for kind, number in phones if number],
        "emails": [person.email] if person.email else [],
        "address": person.address,
        "balances": left,
    }
