"""Asterisk's configuration files: the fragments any PBX includes, and the whole of a private one around them."""

import os
import secrets
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from telemarket.asterisk.pbx.errors import PbxError
from telemarket.asterisk.pbx.modules import needed_modules
from telemarket.asterisk.pbx.programs import Asterisk

# Columns of the CDR file, in order, and how Asterisk is asked for each; ",u" makes a time seconds since 1970.
CDR_COLUMNS = {
    "uniqueid": "uniqueid",
    "linkedid": "linkedid",
    "src": "src",
    "clid": "clid",
    "dst": "dst",
    "dcontext": "dcontext",
    "start": "start,u",
    "answer": "answer,u",
    "end": "end,u",
    "duration": "duration",
    "billsec": "billsec",
    "disposition": "disposition",
    "lastapp": "lastapp",
}
# The names of all fragments, as an administrator includes them.
FRAGMENTS = (
    "ari_telemarket.conf",
    "cdr_custom_telemarket.conf",
    "extensions_telemarket.conf",
    "extensions_telemarket_own_flow.conf",
    "http_telemarket.conf",
    "manager_following_telemarket.conf",
    "manager_telemarket.conf",
    "pjsip_telemarket.conf",
    "queues_telemarket.conf",
)
PRIVATE = (
    "ari.conf",
    "asterisk.conf",
    "cdr.conf",
    "cdr_custom.conf",
    "extensions.conf",
    "http.conf",
    "indications.conf",
    "logger.conf",
    "manager.conf",
    "modules.conf",
    "musiconhold.conf",
    "pjsip.conf",
    "queues.conf",
    "rtp.conf",
)
# Asterisk complains of each of these if it is absent, though its defaults are right.
EMPTY = (
    "acl.conf",
    "amd.conf",
    "ccss.conf",
    "cel.conf",
    "features.conf",
    "pjproject.conf",
    "queuerules.conf",
    "stasis.conf",
    "udptl.conf",
    "websocket_client.conf",
)

_templates = Environment(  # configuration files, not pages: nothing to escape
    loader=PackageLoader("telemarket.asterisk.pbx"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701
)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How Telemarket signs in to a PBX."""

    app: str = "telemarket"
    ari_user: str = "telemarket"
    ari_password: str
    ami_user: str = "telemarket"
    ami_password: str
    following_user: str = "telemarket-following"
    following_password: str = ""  # empty, nobody can sign in

    @classmethod
    def generate(cls, app: str = "telemarket") -> "Access":
        """Access with new random passwords."""
        ari, ami, following = (secrets.token_urlsafe(24) for _ in range(3))
        return cls(app=app, ari_password=ari, ami_password=ami, following_password=following)

    def renewed(self, app: str) -> "Access":
        """The same passwords, and one for what had none yet, with another application."""
        password = self.following_password or secrets.token_urlsafe(24)
        return msgspec.structs.replace(self, app=app, following_password=password)


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Where a private PBX listens on 127.0.0.1."""

    http: int
    ami: int
    sip: int  # UDP and TCP
    rtp_first: int
    rtp_last: int


def render_fragments(access: Access, endpoints_file: str, *, loopback: bool = False) -> dict[str, str]:
    """The fragments by file name.

    `endpoints_file` is where Telemarket writes operators' telephones, as Asterisk sees it; `loopback` keeps their media
    on this machine.
    """
    values = {
        **msgspec.structs.asdict(access),
        "endpoints_file": endpoints_file,
        "loopback": loopback,
        "cdr_columns": list(CDR_COLUMNS),
        "cdr_mapping": ",".join(f"${{CSV_QUOTE(${{CDR({name})}})}}" for name in CDR_COLUMNS.values()),
    }
    return {name: _templates.get_template(f"fragments/{name}").render(values) for name in FRAGMENTS}


def render_private(folder: Path, asterisk: Asterisk, ports: Ports, access: Access) -> dict[str, str]:
    """Every file of the configuration of a private PBX in `folder`, by file name."""
    values = {
        "folder": folder,
        "asterisk": asterisk,
        "ports": ports,
        "modules": needed_modules(asterisk.modules),
    }
    whole = {name: _templates.get_template(f"private/{name}").render(values) for name in PRIVATE}
    return dict.fromkeys(EMPTY, "") | whole | render_fragments(access, "pjsip_operators.conf", loopback=True)


def write_fragments(folder: Path, access: Access, endpoints_file: str) -> list[Path]:
    """Write the fragments into `folder`, readable by owner and group only; returns their paths.

    Raises PbxError if the folder already holds one: its passwords would no longer be those in use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / name: text for name, text in render_fragments(access, endpoints_file).items()}
    for path in files:
        if path.exists():
            raise PbxError(f"{path} is already there.", remedy="Remove it, or choose another folder.")
    for path, text in files.items():
        write_private(path, text, 0o640)
    return list(files)


def write_private(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace `path`, which may hold passwords, in one step, never readable by more than `mode` says."""
    temporary = path.with_name(f".{path.name}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)
