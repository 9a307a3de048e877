"""An OpenLDAP server of one's own: a temporary folder, a free loopback port, gone when the block ends.

Its telephone attributes are Directory Strings: OpenLDAP's own telephoneNumber ignores blanks and hyphens when it
compares, which other servers do not do.
"""

import base64
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import ldap3

SUFFIX = "dc=example,dc=com"
ADMIN = f"cn=admin,{SUFFIX}"
READER = f"cn=reader,{SUFFIX}"
PASSWORD = "correct horse"
PERSON = ("inetOrgPerson", "listed")

Entry = tuple[str, Mapping[str, str | bytes | list[str]]]
"""A DN and its attributes, `objectClass` among them."""

_SCHEMAS = Path("/etc/ldap/schema")
_AS_TEXT = {
    "telephoneNumberMatch": "caseIgnoreMatch",
    "telephoneNumberSubstringsMatch": "caseIgnoreSubstringsMatch",
    "1.3.6.1.4.1.1466.115.121.1.50": "1.3.6.1.4.1.1466.115.121.1.15",
}
# Attributes of Active Directory and Domino that OpenLDAP does not bring.
_TEXTS = ("company", "department", "otherTelephone", "otherMobile", "ipPhone", "dominoUNID")
_OID = "1.3.6.1.4.1.4203.666.11"
_TEXT = "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
_BYTES = "EQUALITY octetStringMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.40"


class PrivateSlapd:
    """Context manager: a running server with the base entry and a reader who may see everything below it.

    `sizelimit` is the most entries it gives the reader for one search, paged ones too. `certificate` is a pair of
    PEM files (chain, key); with them it speaks StartTLS at `port` and TLS at `tls_port`.
    """

    def __init__(self, *, sizelimit: str = "unlimited", certificate: tuple[Path, Path] | None = None) -> None:
        self._sizelimit = sizelimit
        self._certificate = certificate
        self.port, self.tls_port = _free_ports()

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="telemarket-slapd-"))
        self._said = self._folder / "log"
        try:
            self._write_configuration()
            self._slapadd(
                [
                    (SUFFIX, {"objectClass": ["dcObject", "organization"], "o": "Example"}),
                    (READER, {"objectClass": ["organizationalRole", "simpleSecurityObject"], "userPassword": PASSWORD}),
                ]
            )
            self.start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Let the server run; also after `kill`."""
        urls = f"ldap://127.0.0.1:{self.port}/" + f" ldaps://127.0.0.1:{self.tls_port}/" * bool(self._certificate)
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                ["slapd", "-d", "none", "-f", self._folder / "slapd.conf", "-h", urls],
                env={"PATH": "/usr/sbin:/usr/bin"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        while not self._answers():
            if self._process.poll() is not None:
                raise RuntimeError(f"slapd did not start: {self._said.read_text(errors='replace')}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except ConnectionRefusedError:
            return False
        return True

    def kill(self) -> None:
        """End the server at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Let the server take connections and answer nothing, until it is killed."""
        self._process.send_signal(signal.SIGSTOP)

    def load(self, entries: Iterable[Entry]) -> None:
        """Add many entries quickly; the server is away meanwhile."""
        self.kill()
        self._slapadd(entries)
        self.start()

    @contextmanager
    def administrator(self) -> Iterator[ldap3.Connection]:
        """A connection that may change everything."""
        server = ldap3.Server("127.0.0.1", self.port, get_info=ldap3.NONE)
        connection = ldap3.Connection(server, ADMIN, PASSWORD, raise_exceptions=True, check_names=False)
        connection.bind()
        try:
            yield connection
        finally:
            connection.unbind()

    def _slapadd(self, entries: Iterable[Entry]) -> None:
        ldif = "\n".join(map(_ldif, entries))
        command = ["slapadd", "-q", "-f", str(self._folder / "slapd.conf")]
        done = subprocess.run(
            command, check=False, input=ldif.encode(), capture_output=True, timeout=120, env={"PATH": "/usr/sbin"}
        )
        if done.returncode:
            raise RuntimeError(f"slapadd failed: {done.stderr.decode(errors='replace')}")

    def _write_configuration(self) -> None:
        (self._folder / "data").mkdir()
        for name in ("core", "cosine", "inetorgperson"):
            text = (_SCHEMAS / f"{name}.schema").read_text()
            for before, after in _AS_TEXT.items():
                text = text.replace(before, after)
            (self._folder / f"{name}.schema").write_text(text)
        (self._folder / "listed.schema").write_text(_listed_schema())
        (self._folder / "slapd.conf").write_text("\n".join(self._configuration()) + "\n")

    def _configuration(self) -> Iterable[str]:
        for name in ("core", "cosine", "inetorgperson", "listed"):
            yield f"include {self._folder}/{name}.schema"
        yield f"pidfile {self._folder}/pid"
        yield "modulepath /usr/lib/ldap"
        yield "moduleload back_mdb"
        if self._certificate:
            chain, key = self._certificate
            yield f"TLSCertificateFile {chain}"
            yield f"TLSCertificateKeyFile {key}"
        yield "access to attrs=userPassword by anonymous auth by * none"
        yield 'access to dn.base="" by * read'
        yield f'access to * by dn.exact="{READER}" read by * none'
        yield "database mdb"
        yield "maxsize 268435456"
        yield f'suffix "{SUFFIX}"'
        yield f'rootdn "{ADMIN}"'
        yield f'rootpw "{PASSWORD}"'
        yield f"directory {self._folder}/data"
        yield "dbnosync"  # the folder is thrown away
        yield "index objectClass eq"
        yield f'limits dn.exact="{READER}" size={self._sizelimit} size.prtotal={self._sizelimit}'


def person(name: str, **attributes: str | bytes | list[str]) -> Entry:
    """An entry of the address list directly below the base."""
    return f"cn={name},{SUFFIX}", {"objectClass": list(PERSON), "cn": name, "sn": name, **attributes}


def _listed_schema() -> str:
    lines = [f"attributetype ( {_OID}.{n} NAME '{name}' {_TEXT} )" for n, name in enumerate(_TEXTS, 1)]
    lines.append(f"attributetype ( {_OID}.90 NAME 'objectGUID' {_BYTES} )")
    names = " $ ".join((*_TEXTS, "objectGUID"))
    lines.append(f"objectclass ( {_OID}.100 NAME 'listed' SUP top AUXILIARY MAY ( {names} ) )")
    return "\n".join(lines) + "\n"


def _ldif(entry: Entry) -> str:
    dn, attributes = entry
    lines = [f"dn:: {_coded(dn)}"]
    for name, value in attributes.items():
        lines += [f"{name}:: {_coded(each)}" for each in (value if isinstance(value, list) else [value])]
    return "\n".join(lines) + "\n"


def _coded(value: str | bytes) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else value.encode()).decode()


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]
