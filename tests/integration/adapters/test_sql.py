"""Any SQL database as a backend, of SQLite and of PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from telemarket.adapters.sql import KIND
from telemarket.backend import Backend, BackendRefused, BackendUnavailable, Record, ResultRefused, Service
from tests.integration.adapters.contract import OLENA, RESULT, BackendContract, Mirror, Person, cannot
from tests.integration.adapters.opening import NOW, all_of, opened

PASSWORD = "Пароль:/@ 1"
TABLES = """
CREATE TABLE people (
    id varchar(20) PRIMARY KEY, full_name varchar(200), firm varchar(200), post varchar(200), cell varchar(50),
    desk varchar(50), telefax varchar(50), mail varchar(200), street varchar(200), left_sum numeric(12, 2),
    version bigint NOT NULL
);
CREATE TABLE gone (id varchar(20), version bigint NOT NULL);
CREATE TABLE results (request_id bigint PRIMARY KEY, person varchar(20), said varchar(4000));
CREATE VIEW contacts AS SELECT people.*, 'Медицина' AS service, 'UAH' AS currency FROM people
"""
OPTIONS: dict[str, Any] = {
    "query": "SELECT * FROM contacts ORDER BY id",
    "mapping": {
        "full_name": "name",
        "firm": "company",
        "post": "position",
        "cell": "phone:mobile",
        "desk": "phone:direct",
        "telefax": "phone:fax",
        "mail": "email",
        "street": "address:work",
        "version": "",
    },
    "limits": [{"service": "service", "amount": "left_sum", "unit": "currency"}],
    "url_template": "https://crm.example/people/{id}?post={post}",
    "changed": "version",
    "changes_query": "SELECT * FROM contacts WHERE version >= :cursor ORDER BY id",
    "deleted_query": "SELECT id FROM gone WHERE version >= :cursor",
    "look_up_query": "SELECT * FROM contacts WHERE cell = :e164 OR desk = :e164",
    "write_back": "INSERT INTO results VALUES (:request_id, :record_key, :text)",
    "timeout": 1,
}


PLAIN: dict[str, Any] = {
    "mapping": {},
    "limits": [],
    "url_template": "",
    "changed": "",
    "changes_query": "",
    "deleted_query": "",
}


class SqlSource:
    """Tables of people in a database of the test's own."""

    carries = frozenset({"company", "position", "mobile", "direct", "fax", "email", "address", "limit"})
    page = 1200
    secret = PASSWORD

    def __init__(self, engine: AsyncEngine, backend: Backend) -> None:
        self.engine = engine
        self.backend = backend
        self.locks = AsyncExitStack()
        self._version = 0

    async def make(self) -> None:
        await self.execute(*TABLES.split(";"))

    async def execute(self, *statements: str) -> None:
        async with self.engine.begin() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))

    async def put(self, *people: Person) -> None:
        self._version += 1
        rows = [_row(person, self._version) for person in people]
        async with self.engine.begin() as connection:
            for statement in ("DELETE FROM people WHERE id = :id", _INSERT):
                await connection.execute(sa.text(statement), rows)

    async def remove(self, *ids: str) -> None:
        self._version += 1
        rows = [{"id": each, "version": self._version} for each in ids]
        async with self.engine.begin() as connection:
            await connection.execute(sa.text("DELETE FROM people WHERE id = :id"), rows)
            await connection.execute(sa.text("INSERT INTO gone VALUES (:id, :version)"), rows)

    def key(self, person_id: str) -> str:
        return person_id

    async def results(self) -> Sequence[str]:
        async with self.engine.connect() as connection:
            return list(await connection.scalars(sa.text("SELECT said FROM results")))

    async def close(self) -> None:
        await self.locks.aclose()
        await self.backend.close()
        await self.engine.dispose()


class SqliteSource(SqlSource):
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        super().__init__(create_async_engine(f"sqlite+aiosqlite:///{folder / 'crm.db'}"), self.open())

    def open(self, clock: datetime = NOW, **options: Any) -> Backend:
        return opened(KIND, self._folder, lambda: clock, **OPTIONS | {"url": "sqlite:///crm.db"} | options)

    def unreachable(self) -> Backend:
        return self.open(url="sqlite:///nowhere/crm.db")

    def intruder(self) -> Backend:
        return self.open(password="intruder's secret")  # SQLite asks for none

    async def stall(self) -> None:
        connection = await self.locks.enter_async_context(self.engine.connect())
        await connection.execute(sa.text("BEGIN EXCLUSIVE"))


class PostgresSource(SqlSource):
    """Its reader signs in with a password, by a server that trusts everybody else."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self._url = url.replace("postgresql+asyncpg://telemarket@", "postgresql://reader@")
        super().__init__(create_async_engine(url, poolclass=sa.NullPool), self.open())

    def open(self, **options: Any) -> Backend:
        return opened(KIND, self._folder, **OPTIONS | {"url": self._url, "password": PASSWORD} | options)

    async def make(self) -> None:
        await super().make()
        async with self.engine.connect() as connection:
            hba = Path(await connection.scalar(sa.text("SHOW hba_file")))
        rules = hba.read_text()
        if "reader" not in rules:
            hba.write_text("local all reader scram-sha-256\n" + rules)
        secret = PASSWORD.replace("'", "''").replace(":", r"\:")
        await self.execute(
            "SELECT pg_reload_conf()",
            "DROP ROLE IF EXISTS reader",
            f"CREATE ROLE reader LOGIN PASSWORD '{secret}'",
            "GRANT SELECT ON contacts, people, gone TO reader",
            "GRANT INSERT ON results TO reader",
        )

    async def close(self) -> None:
        await super().close()
        engine = create_async_engine(self.engine.url, poolclass=sa.NullPool)
        async with engine.begin() as connection:
            await connection.execute(sa.text("DROP OWNED BY reader"))
            await connection.execute(sa.text("DROP ROLE reader"))

    async def die(self) -> None:
        await self.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")

    async def revive(self) -> None:
        """It lets the reader in again by itself."""

    async def stall(self) -> None:
        connection = await self.locks.enter_async_context(self.engine.connect())
        await connection.execute(sa.text("LOCK TABLE people IN ACCESS EXCLUSIVE MODE"))

    def intruder(self) -> Backend:
        return self.open(password="intruder's secret")

    def unreachable(self) -> Backend:
        return self.open(url=self._url.partition("?")[0] + f"?host={self._folder}")


class _SqlContract(BackendContract):
    test_when_the_source_forgot_the_cursor_everything_comes_anew = cannot("a value of a column is never forgotten")
    test_a_source_that_is_busy_says_when_to_ask_again = cannot("SQL has no such answer")


class TestSqlite(_SqlContract):
    @pytest.fixture
    async def source(self, tmp_path: Path) -> AsyncIterator[SqliteSource]:
        source = SqliteSource(tmp_path)
        await source.make()
        yield source
        await source.close()

    test_a_wrong_password_is_refused_with_what_to_do = cannot("a file asks for no password")
    test_a_source_that_dies_in_the_middle_loses_nothing = cannot("an open file goes on")


class TestPostgres(_SqlContract):
    @pytest.fixture
    async def source(self, postgres_url: str, tmp_path: Path) -> AsyncIterator[PostgresSource]:
        source = PostgresSource(postgres_url, tmp_path)
        await source.make()
        yield source
        await source.close()


_INSERT = (
    "INSERT INTO people VALUES (:id, :name, :company, :position, :mobile, :direct, :fax, :email, :address, :left, "
    ":version)"
)


def _row(person: Person, version: int) -> dict[str, Any]:
    fields = ("id", "name", "company", "position", "mobile", "direct", "fax", "email", "address")
    left = None if person.limit is None else str(person.limit)
    return {name: getattr(person, name) for name in fields} | {"left": left, "version": version}


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[SqliteSource]:
    source = SqliteSource(tmp_path)
    await source.make()
    yield source
    await source.close()


@pytest.fixture
async def postgres_source(postgres_url: str, tmp_path: Path) -> AsyncIterator[PostgresSource]:
    source = PostgresSource(postgres_url, tmp_path)
    await source.make()
    yield source
    await source.close()


async def records(backend: Backend, cursor: str = "") -> list[Record]:
    return [record for batch in await all_of(backend, cursor) for record in batch.records]


async def test_rows_of_one_key_are_one_contact_also_where_a_batch_ends_between_them(sqlite: SqliteSource) -> None:
    count = 1001  # two rows each: the 500th contact's rows end the first thousand, the 1000th's the second
    await sqlite.execute("CREATE TABLE phones (person varchar(20), number varchar(20))")
    await sqlite.put(*(Person(id=f"p{n:04}", name=f"Абонент {n}") for n in range(count)))
    await sqlite.execute(
        "INSERT INTO phones SELECT id, '067' || substr(id, 2) || '001' FROM people",
        "INSERT INTO phones SELECT id, '067' || substr(id, 2) || '002' FROM people",
        "INSERT INTO phones VALUES ('p0000', '0670000003')",
    )
    query = "SELECT id, full_name, number FROM people JOIN phones ON person = id ORDER BY id, number"
    found = await records(sqlite.open(**PLAIN | {"query": query, "mapping": {"full_name": "name", "number": "phone"}}))
    assert len(found) == count
    assert [text for _, text in found[0].phones] == ["0670000001", "0670000002", "0670000003"]
    assert all(len(record.phones) == 2 for record in found[1:])


async def test_rows_out_of_order_are_refused_not_taken_for_the_whole(sqlite: SqliteSource) -> None:
    query = "SELECT 1 AS id, 'a' AS name UNION ALL SELECT 2, 'b' UNION ALL SELECT 1, 'c' UNION ALL SELECT NULL, 'd'"
    found = await all_of(sqlite.open(**PLAIN, query=query))
    assert [record.name for batch in found for record in batch.records] == ["a", "b"]
    refused = [pair for batch in found for pair in batch.refused]
    assert [key for key, _ in refused] == ["1", ""]
    assert "order the query by its key" in refused[0][1]


async def test_after_complete_hours_or_with_another_configuration_everything_is_read(sqlite: SqliteSource) -> None:
    await sqlite.put(OLENA)
    cursor = (await all_of(sqlite.backend))[-1].cursor
    assert not any(batch.snapshot for batch in await all_of(sqlite.backend, cursor))
    for changed in ({"clock": NOW + timedelta(hours=24)}, {"mapping": OPTIONS["mapping"] | {"post": ""}}):
        found = await all_of(sqlite.open(**changed), cursor)
        assert all(batch.snapshot for batch in found)
        assert found[-1].cursor not in ("", cursor)


async def test_who_was_deleted_and_made_again_is_there(sqlite: SqliteSource) -> None:
    await sqlite.put(OLENA, Person(id="p1", name="Петро"))
    mirror = Mirror(sqlite.backend)
    await mirror.synchronise()
    await sqlite.remove("p1")
    await sqlite.put(Person(id="p1", name="Петро знову"))
    await mirror.synchronise()
    assert mirror.names() == {"olena": OLENA.name, "p1": "Петро знову"}


async def test_a_time_serves_as_cursor_with_all_its_digits(postgres_source: PostgresSource) -> None:
    await postgres_source.execute(
        "CREATE TABLE dated AS SELECT 1 AS id, 'a' AS name, timestamptz '2026-11-02 10:00:00.123456+02' AS at",
        "INSERT INTO dated VALUES (2, 'b', '2026-11-02 10:00:00.123455+02')",
        "GRANT SELECT ON dated TO reader",
    )
    query = "SELECT * FROM dated ORDER BY id"
    changes = "SELECT * FROM dated WHERE at >= :cursor"
    backend = postgres_source.open(**PLAIN | {"query": query, "changed": "at", "changes_query": changes})
    cursor = (await all_of(backend))[-1].cursor
    assert [record.name for record in await records(backend, cursor)] == ["a"]


@pytest.mark.parametrize(
    ("kind", "usual", "newer", "mistyped"),
    [
        ("timestamptz", "2026-11-02 10:00+02", "2026-11-02 11:00+02", "2206-11-02 10:00+02"),
        ("timestamp", "2026-11-02 10:00", "2026-11-22 13:59", "2026-11-22 14:01"),  # it is 14:00 in Kyiv
        ("date", "2026-11-02", "2026-11-22", "2026-11-23"),
        ("varchar", "2026-11-02 10:00", "2026-11-22 13:59", "2206-11-02 10:00"),
    ],
)
async def test_a_row_dated_in_the_future_hides_no_later_change(
    postgres_source: PostgresSource, kind: str, usual: str, newer: str, mistyped: str
) -> None:
    await postgres_source.execute(
        f"CREATE TABLE dated AS SELECT 1 AS id, 'a' AS name, {kind} '{usual}' AS at",
        f"INSERT INTO dated SELECT 2, 'b', {kind} '{mistyped}'",
        "GRANT SELECT ON dated TO reader",
    )
    query = "SELECT * FROM dated ORDER BY id"
    changes = "SELECT * FROM dated WHERE at > :cursor ORDER BY id"
    backend = postgres_source.open(**PLAIN | {"query": query, "changed": "at", "changes_query": changes})
    cursor = (await all_of(backend))[-1].cursor
    await postgres_source.execute(f"INSERT INTO dated SELECT 3, 'c', {kind} '{newer}'")
    assert {record.name for record in await records(backend, cursor)} == {"b", "c"}


async def test_a_query_that_writes_is_not_let_write(sqlite: SqliteSource, postgres_source: PostgresSource) -> None:
    for source in (sqlite, postgres_source):
        await source.put(OLENA)
        with pytest.raises(BackendRefused, match=r"(?i)read-?only"):
            await all_of(source.open(**PLAIN, query="DELETE FROM people RETURNING id"))
        assert await records(source.backend)


async def test_an_internal_number_is_nobody_elses_ending(sqlite: SqliteSource) -> None:
    await sqlite.put(OLENA)
    backend = sqlite.open(look_up_query="SELECT * FROM contacts WHERE cell LIKE '%' || :national")
    assert [record.name for record in await backend.look_up(OLENA.mobile, "")] == [OLENA.name]
    assert await backend.look_up("", OLENA.mobile[-3:]) == ()


WRONG = {
    "a text that is too long": (ResultRefused, "INSERT INTO notes (note) VALUES (:text)"),
    "a contact that is gone": (ResultRefused, "INSERT INTO notes (person) VALUES (:record_key)"),
    "a text for a number": (ResultRefused, "INSERT INTO notes (request) VALUES (CAST(:text AS varchar)::int)"),
    "no such table": (BackendRefused, "INSERT INTO note VALUES (:text)"),
    "a time of another type": (BackendRefused, "INSERT INTO notes (at) VALUES (:at)"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_one_result_is_told_from_all_of_them_and_its_words_are_not_told(
    postgres_source: PostgresSource, what: str
) -> None:
    kind, statement = WRONG[what]
    await postgres_source.execute(
        "CREATE TABLE notes (request int, person varchar(20) REFERENCES people (id), at timestamp, note varchar(10))",
        "GRANT INSERT ON notes TO reader",
    )
    result = msgspec.structs.replace(RESULT, record_key="absent", text="Просила не казати нікому")
    with pytest.raises(BackendRefused) as refused:
        await postgres_source.open(write_back=statement).write_back(result)
    assert type(refused.value) is kind
    assert "Просила" not in str(refused.value)
    assert f"{result.at:%Y}" not in str(refused.value)
    if "type" in what:
        assert "offset-naive" in refused.value.message
        assert "CAST(:at AS timestamptz)" in refused.value.remedy


async def test_a_time_is_kept_in_a_column_without_a_zone_as_the_manual_says(postgres_source: PostgresSource) -> None:
    await postgres_source.execute("CREATE TABLE notes (at timestamp)", "GRANT INSERT ON notes TO reader")
    statement = "INSERT INTO notes VALUES (CAST(:at AS timestamptz) AT TIME ZONE 'Europe/Kyiv')"
    at = datetime(2026, 11, 22, 12, tzinfo=UTC)
    await postgres_source.open(write_back=statement).write_back(msgspec.structs.replace(RESULT, at=at))
    async with postgres_source.engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT at FROM notes")) == datetime(2026, 11, 22, 14)


async def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    backend = opened(KIND, tmp_path, url="sqlite:///absent.db", query="SELECT 1 AS id")
    [finding] = await backend.check()
    assert not finding.well
    assert "path in the URL" in finding.remedy
    assert list(tmp_path.iterdir()) == []


async def test_a_table_without_rows_empties_nothing(sqlite: SqliteSource) -> None:
    with pytest.raises(BackendUnavailable, match="no rows"):
        await all_of(sqlite.backend)


async def test_services_come_over(sqlite: SqliteSource) -> None:
    query = "SELECT 7 AS key, 'МРТ' AS name, 1200.5 AS price, 'UAH' AS currency UNION ALL SELECT 8, '', 1, ''"
    await sqlite.put(OLENA)
    last = (await all_of(sqlite.open(services_query=query)))[-1]
    assert list(last.services) == [Service(key="7", name="МРТ", price=Decimal("1200.5"), currency="UAH")]
    assert [key for key, _ in last.refused] == ["8"]


@pytest.mark.parametrize(
    ("options", "what", "remedy"),
    [
        ({"key": "person_id"}, "query gives no column person_id", "id"),
        ({"mapping": {"Cel": "phone"}}, "query gives no column cel", "cell"),
        ({"query": "SELECT * FROM contact"}, "no such table: contact", "Check the query"),
        ({"changes_query": "SELECT id FROM people WHERE :cursor"}, "changes_query gives no column version", "id"),
        ({"look_up_query": "SELECT nothing WHERE :e164"}, "look_up_query: ", "Check the query"),
        ({"services_query": "SELECT 1 AS code"}, "services_query gives no column key", "code"),
        ({"mapping": {}}, "0 of the first 1 rows have a telephone", "mapping"),
        ({"limits": [{"service": "service", "amount": "mail"}]}, "“olena@example.com” is no number", "limits"),
        ({"url": "mysql+nothing://host/db"}, "The database's driver is not there", "Install it"),
    ],
)
async def test_the_check_names_the_fault_and_its_remedy(
    sqlite: SqliteSource, options: dict[str, Any], what: str, remedy: str
) -> None:
    await sqlite.put(OLENA)
    faults = [finding for finding in await sqlite.open(**options).check() if not finding.well]
    assert any(what in fault.what and remedy in fault.remedy for fault in faults), faults


async def test_an_address_of_a_contact_cannot_be_bent_by_its_values(sqlite: SqliteSource) -> None:
    await sqlite.put(Person(id="1", name="a", position="лікар&admin=1#"))
    [record] = await records(sqlite.backend)
    assert record.url == "https://crm.example/people/1?post=%D0%BB%D1%96%D0%BA%D0%B0%D1%80%26admin%3D1%23"


def test_an_address_that_finds_the_caller_needs_his_number(sqlite: SqliteSource) -> None:
    backend = sqlite.open(caller_url="https://crm.example/find?phone={e164}")
    assert backend.card_url("+380671234567", "0671234567") == "https://crm.example/find?phone=%2B380671234567"
    assert backend.card_url("", "101") == ""
