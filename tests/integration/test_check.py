"""`telemarket check` on installations good and broken."""

import asyncio
import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from telemarket.asterisk.pbx.endpoints import Operator, write_endpoints
from telemarket.asterisk.pbx.instance import Instance
from telemarket.cli.checks import database, mail
from telemarket.cli.checks.findings import Level
from telemarket.cli.main import cli
from telemarket.core.clock import utc_now
from telemarket.core.database import Database
from telemarket.core.identity import IdentityService
from telemarket.core.migrate import upgrade
from telemarket.core.settings import SmtpSettings
from tests.fakes.smtp import PASSWORD, USER, mail_server

Environment = dict[str, str]


def add_operator(url: str, login: str) -> None:
    async def add() -> None:
        opened = Database(url)
        await upgrade(opened)
        identity = IdentityService(opened, utc_now, 12)
        await identity.create_user(
            login, "correct horse", name="Анна", role="operator", telephone="phone", endpoint=login
        )
        await opened.close()

    asyncio.run(add())


@pytest.fixture
def environment(pbx: Instance, sounds_folder: Path, tmp_path: Path) -> Environment:
    """Of an installation with one operator, whose telephone Asterisk knows."""
    database_url = f"sqlite:///{tmp_path / 'telemarket.db'}"
    add_operator(database_url.replace("sqlite", "sqlite+aiosqlite"), "anna")
    (tmp_path / "recordings").mkdir()
    write_endpoints(pbx.endpoints_file, [Operator(endpoint="anna", kind="phone", secret="telephone1")])
    pbx.reload_pjsip()
    return {
        "TELEMARKET_DATA_DIR": str(tmp_path),
        "TELEMARKET_DATABASE__URL": database_url,
        "TELEMARKET_ASTERISK__ARI_URL": pbx.ari_url,
        "TELEMARKET_ASTERISK__ARI_PASSWORD": pbx.access.ari_password,
        "TELEMARKET_ASTERISK__AMI_PORT": str(pbx.ports.ami),
        "TELEMARKET_ASTERISK__AMI_PASSWORD": pbx.access.ami_password,
        "TELEMARKET_RECORDING__MINIMUM_FREE_MB": "1",
        "TELEMARKET_SOUNDS__FOLDER": str(sounds_folder),
    }


def check(environment: Environment, **changes: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit status, and (worst level, its mend) by what was looked at."""
    changed = {f"TELEMARKET_{key}": value for key, value in changes.items()}
    result = CliRunner().invoke(cli, ["check", "--json"], env=environment | changed)
    findings: dict[str, tuple[str, str]] = {}
    for finding in json.loads(result.stdout):
        if finding["level"] != "OK" or finding["what"] not in findings:
            findings[finding["what"]] = (finding["level"], finding["mend"])
    return result.exit_code, findings


def test_a_good_installation_lacks_only_a_daemon(environment: Environment) -> None:
    status, findings = check(environment)
    assert {what: level for what, (level, _) in findings.items()} == {
        "configuration": "OK",
        "data folder": "OK",
        "pages": "OK",
        "database": "OK",
        "ARI": "OK",
        "Asterisk": "OK",
        "application": "WARN",
        "clock": "OK",
        "telephones": "OK",
        "AMI": "OK",
        "AMI rights": "OK",
        "dialplan": "OK",
        "HTTP sessions": "OK",
        "recordings": "OK",
        "recordings and Asterisk": "OK",
        "sounds": "OK",
        "mail": "OK",
        "SMS": "OK",
        "plugins": "OK",
    }
    assert status == 0


@pytest.mark.parametrize(
    ("change", "what", "level", "mend"),
    [
        ({"ASTERISK__ARI_PASSWORD": "wrong"}, "ARI", "FAIL", "ari_password"),
        ({"ASTERISK__ARI_PASSWORD": "wrong"}, "clock", "WARN", "ARI"),
        ({"ASTERISK__AMI_PASSWORD": "wrong"}, "AMI", "FAIL", "ami_password"),
        ({"ASTERISK__AMI_PASSWORD": "a\r\nAction: Logoff"}, "AMI", "FAIL", "ami_password"),
        ({"ASTERISK__FALLBACK_CONTEXT": "nowhere"}, "dialplan", "FAIL", "extensions.conf"),
        ({"SOUNDS__FOLDER": "/nowhere"}, "sounds", "WARN", "telemarket sounds install"),
        ({"DATABASE__URL": "sqlite:////nowhere/telemarket.db"}, "database", "WARN", "telemarket db upgrade"),
        ({"DATABASE__URL": "postgresql://nobody@127.0.0.1:1/x"}, "database", "FAIL", "[database] url"),
        ({"WEB__HOST": "0.0.0.0"}, "pages", "FAIL", "tls_certificate"),
        ({"RECORDING__PBX_FOLDER": "/nowhere"}, "recordings and Asterisk", "WARN", "create it"),
        ({"SMTP__HOST": "127.0.0.1", "SMTP__PORT": "1"}, "mail", "FAIL", "[smtp] host"),
        ({"SMS__HOST": "127.0.0.1", "SMS__PORT": "1"}, "SMS", "FAIL", "[sms] host"),
        ({"PLUGINS__FOLDER": "/nowhere"}, "plugin /nowhere", "WARN", "disabled"),
        ({"WEB__PORT": "many"}, "configuration", "FAIL", "Mend"),
    ],
)
def test_what_is_broken_is_named_with_its_mend(
    environment: Environment, change: dict[str, str], what: str, level: str, mend: str
) -> None:
    status, findings = check(environment, **change)
    assert findings[what][0] == level
    assert mend in findings[what][1]
    assert status == int("FAIL" in {level for level, _ in findings.values()})


@pytest.mark.parametrize(("key", "what"), [("ASTERISK__ARI_URL", "ARI"), ("ASTERISK__AMI_PORT", "AMI")])
def test_something_else_than_asterisk_behind_a_port(
    environment: Environment, pbx: Instance, key: str, what: str
) -> None:
    wrong = {"ASTERISK__ARI_URL": f"http://127.0.0.1:{pbx.ports.ami}", "ASTERISK__AMI_PORT": str(pbx.ports.http)}
    status, findings = check(environment, **{key: wrong[key]})
    assert findings[what][0] == "FAIL"
    assert findings["AMI" if what == "ARI" else "ARI"][0] == "OK"
    assert status == 1


def test_a_peer_that_never_answers_delays_nothing_else(environment: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        status, findings = check(environment, ASTERISK__AMI_PORT=str(silent.getsockname()[1]))
    assert (status, findings["AMI"][0], findings["ARI"][0]) == (1, "FAIL", "OK")


def test_a_telephone_asterisk_does_not_know_is_named(environment: Environment, tmp_path: Path) -> None:
    add_operator(f"sqlite+aiosqlite:///{tmp_path / 'telemarket.db'}", "bohdan")
    _, findings = check(environment)
    assert findings["telephone of bohdan"][0] == "FAIL"
    assert "telephone of anna" not in findings


async def test_a_database_without_tables_is_told_from_one_up_to_date(database_url: str) -> None:
    opened = Database(database_url)
    try:
        [before] = await database.schema(opened)
        await upgrade(opened)
        [after] = await database.schema(opened)
    finally:
        await opened.close()
    assert (before.level, after.level) == (Level.WARN, Level.OK)


def test_the_table_has_one_line_a_finding(environment: Environment) -> None:
    lines = CliRunner().invoke(cli, ["check"], env=environment).stdout.splitlines()
    assert len(lines) == 20
    [line] = [line for line in lines if "application" in line]
    assert line.startswith("WARN")
    assert "-> Start the daemon" in line


async def test_mail_is_tried_as_it_is_configured() -> None:
    async with mail_server() as port:
        for settings, level in [
            ({"user": USER, "password": PASSWORD, "sender": "a@example.com"}, Level.OK),
            ({"sender": "a@example.com"}, Level.OK),
            ({"user": USER, "password": PASSWORD}, Level.WARN),
            ({"user": USER, "password": "wrong"}, Level.FAIL),
            ({"tls": "starttls"}, Level.FAIL),
        ]:
            configured = SmtpSettings.model_validate({"host": "127.0.0.1", "port": port, "tls": "none", **settings})
            [finding] = await mail.smtp(configured)
            assert finding.level is level


def test_what_is_followed_has_to_be_there(environment: Environment, pbx: Instance) -> None:
    followed = {
        "FOLLOWING__ENABLED": "true",
        "FOLLOWING__AMI_PASSWORD": pbx.access.following_password,
        "FOLLOWING__QUEUES": '{"telemarket": "077"}',
    }
    _, findings = check(environment, **followed)
    assert findings["following"] == ("FAIL", "Add it, or mend [following].")
    result = CliRunner().invoke(cli, ["project", "add", "077", "Sales"], env=environment)
    assert result.exit_code == 0, result.output
    _, findings = check(environment, **followed)
    assert findings["following"][0] == "OK"
    _, findings = check(environment, **followed | {"FOLLOWING__QUEUES": '{"400": "077"}'})
    assert "queue show" in findings["following"][1]
    _, findings = check(environment, **followed | {"FOLLOWING__AMI_PASSWORD": "wrong"})
    assert "manager.conf" in findings["following"][1]
    _, findings = check(environment, **followed | {"FOLLOWING__TELEPHONES": '{"PJSIP/101": "nobody"}'})
    assert "telephones" in findings["following"][1]
