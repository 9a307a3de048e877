"""Configuration: one TOML file, every key overridable by environment, unknown keys refused.

`TELEMARKET_ASTERISK__ARI_PASSWORD=…` overrides `[asterisk] ari_password`. Paths that are not absolute are
relative to `data_dir`.
"""

import tomllib
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from telemarket.core.errors import ConfigurationError

Language = Literal["uk", "ru", "en"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DatabaseSettings(Section):
    url: str = Field("", description="SQLAlchemy URL. Empty: SQLite in data_dir/telemarket.db.")
    pool_size: int = Field(8, ge=1, le=100, description="Connections kept open to PostgreSQL.")


class WebSettings(Section):
    host: str = Field("127.0.0.1", description="Address the pages listen on.")
    port: int = Field(8090, ge=0, le=65535, description="Port the pages listen on.")
    public_url: str = Field("", description="How browsers reach the pages, e.g. https://desk.example.com.")
    tls_certificate: Path | None = Field(None, description="PEM certificate; needed off loopback.")
    tls_key: Path | None = Field(None, description="PEM private key of tls_certificate.")
    behind_tls_proxy: bool = Field(False, description="A reverse proxy in front terminates TLS.")
    session_hours: float = Field(12, gt=0, description="Hours a sign-in lasts.")


class AsteriskSettings(Section):
    ari_url: str = Field("http://127.0.0.1:8088", description="Where Asterisk's HTTP server answers.")
    ari_user: str = Field("telemarket", description="User of ari.conf.")
    ari_password: SecretStr = Field(SecretStr(""), description="Password of ari_user.")
    app: str = Field("telemarket", description="Name of the Stasis application.")
    connections: int = Field(24, ge=2, le=64, description="Keep-alive HTTP connections to ARI.")
    ami_host: str = Field("127.0.0.1", description="Where AMI listens.")
    ami_port: int = Field(5038, description="Port AMI listens on.")
    ami_user: str = Field("telemarket", description="User of manager.conf.")
    ami_password: SecretStr = Field(SecretStr(""), description="Password of ami_user.")
    websocket_url: str = Field("", description="SIP over WebSocket for the page's telephone. Empty: from ari_url.")
    sip_domain: str = Field("127.0.0.1", description="Domain in the SIP addresses of the page's telephones.")
    endpoints_file: Path | None = Field(None, description="PJSIP file of operators' telephones Telemarket writes.")
    fallback_context: str = Field(
        "telemarket-fallback", description="Dialplan context for calls Telemarket gives back."
    )
    cdr_file: Path | None = Field(None, description="CSV Asterisk writes call detail records to, as seen from here.")


class RecordingSettings(Section):
    folder: Path = Field(Path("recordings"), description="Recordings, as the daemon sees them.")
    pbx_folder: str = Field("", description="The same folder as Asterisk sees it. Empty: the same path.")
    minimum_free_mb: int = Field(500, ge=0, description="Below this much free space an alarm is raised.")
    when_full: Literal["record", "stop"] = Field(
        "record", description="Below it, record on while there is any space, or begin no more recordings. Calls go on."
    )
    longest_pause: float = Field(180.0, gt=0, description="Seconds a recording may be paused before an alarm.")
    check_at: time = Field(
        time(3, 30), description="When the recordings of the day before are checked, and those due are deleted."
    )


class SoundSettings(Section):
    folder: Path = Field(Path("sounds"), description="Announcements and supervisors' sounds, as the daemon sees them.")
    pbx_folder: str = Field("", description="The same folder as Asterisk sees it. Empty: the same path.")
    recordings: list[str] = Field(
        ["/usr/share/asterisk/sounds", "/var/lib/asterisk/sounds"],
        description="Folders of Asterisk's own recordings, used where they say what Telemarket has to say.",
    )
    speech_command: str = Field(
        "espeak-ng -v {language} -s 150 --stdin --stdout",
        description="Speaks a text: reads it from standard input, writes WAV; {language} becomes uk, ru or en.",
    )


class AgiSettings(Section):
    host: str = Field("127.0.0.1", description="Address the FastAGI server listens on.")
    port: int = Field(4573, ge=0, le=65535, description="Port the FastAGI server listens on.")
    header_deadline: float = Field(5.0, gt=0, description="Seconds a peer may take to send its header.")
    hook_deadline: float = Field(2.0, gt=0, description="Seconds a hook may take to answer.")


class NumberSettings(Section):
    regions: list[str] = Field(["UA"], min_length=1, description="ISO regions tried in order for national numbers.")
    area_code: str = Field("44", description="Area code assumed for local numbers of the first region.")


class CallSettings(Section):
    lookup_deadline: float = Field(
        0.3, gt=0, description="Seconds a caller's look-up may take before the call goes on."
    )
    card_deadline: float = Field(
        0.15, gt=0, description="Seconds to wait for the browser to show the card before ringing."
    )
    page_timeout: float = Field(
        15.0, gt=0, description="Seconds without a heartbeat after which a page counts as gone."
    )
    ghost_after: float = Field(14400.0, gt=0, description="Seconds after which a channel nobody answers is reaped.")


class FollowingSettings(Section):
    enabled: bool = Field(False, description="Follow queues and extensions that the PBX runs itself.")
    ami_user: str = Field("telemarket-following", description="User of manager.conf with read = call,agent.")
    ami_password: SecretStr = Field(SecretStr(""), description="Password of ami_user.")
    queues: dict[str, str] = Field({}, description="Queues to follow, each with the number of its project.")
    extensions: dict[str, str] = Field(
        {}, description="Extensions to follow, as dialplans write them (`_1XX`), each with the number of its project."
    )
    telephones: dict[str, str] = Field(
        {}, description="Logins of operators by telephone or queue member, where that is not the person's endpoint."
    )


Prefix = Annotated[str, Field(pattern=r"^\+[1-9]\d{0,14}$")]


class OutboundSettings(Section):
    endpoint: str = Field(
        "Local/{number}@telemarket-outbound/n",
        pattern=r"^[A-Za-z0-9]+/[^,&|\s{}]*\{number\}[^,&|\s{}]*$",
        description="What the PBX dials to call a number.",
    )
    allowed_prefixes: list[Prefix] = Field(
        [], description="International prefixes (+48) that may be called beside numbers of the own country."
    )
    refused_prefixes: list[Prefix] = Field(
        [], description="International prefixes never called. The longer of two that fit decides."
    )


class SmtpSettings(Section):
    host: str = Field("", description="Outgoing mail server. Empty: no mail.")
    port: int = Field(25, description="Its port.")
    user: str = Field("", description="Its user, if it asks for one.")
    password: SecretStr = Field(SecretStr(""), description="Password of user.")
    tls: Literal["none", "starttls", "tls"] = Field("starttls", description="How the connection is protected.")
    sender: str = Field("", description="From address of Telemarket's mail.")


class SmsSettings(Section):
    host: str = Field("", description="SMS centre, asked by SMPP 3.4. Empty: no SMS.")
    port: int = Field(2775, ge=1, le=65535, description="Its port.")
    tls: bool = Field(False, description="The centre is reached through TLS.")
    system_id: str = Field("", pattern=r"^[!-~]{0,15}$", description="Name of the account there.")
    password: SecretStr = Field(SecretStr(""), max_length=8, description="Its password: SMPP allows eight characters.")
    source: str = Field(
        "",
        pattern=r"^(\+?\d{1,15}|[A-Za-z0-9 ._&-]{1,11})?$",
        description="Who an SMS is from: +380441234567, a short number, or a name. Empty: whom the centre puts.",
    )
    per_second: int = Field(10, ge=1, le=1000, description="SMS a second at most; each part of a long one counts.")

    @field_validator("password")
    @classmethod
    def _ascii(cls, password: SecretStr) -> SecretStr:
        if not password.get_secret_value().isascii():
            raise ValueError("SMPP allows no other characters than ASCII's")
        return password


class BackendSettings(Section):
    kind: str = Field(description="Kind of source: sql, onec77, exchange, graph, ldap, domino, or a plugin's.")
    title: str = Field("", description="Its name for people. Empty: the name of the section.")
    enabled: bool = Field(True, description="Whether it is used.")
    priority: int = Field(
        100, ge=0, le=1000, description="Trust in its values, lower first. What people wrote themselves stands at 100."
    )
    every: float = Field(900.0, ge=0, description="Seconds between synchronisations. 0: only on demand.")
    live: bool = Field(False, description="Ask it at each call too, beside the local index.")
    write_back: bool = Field(False, description="Hand it the results of requests.")
    options: dict[str, Any] = Field({}, description="What its kind needs: `telemarket backend kinds` lists it.")


class ImportSource(Section):
    kind: Literal["folder", "http", "sql"] = Field(description="Where its tables come from.")
    folder: Path | None = Field(None, description="Of kind folder: where files appear.")
    pattern: str = Field("*", description="Which of the folder's files: *.xlsx.")
    done: Path | None = Field(None, description="Where imported files are moved. Empty: they stay, and are remembered.")
    url: SecretStr = Field(SecretStr(""), description="Address of the file (https), or SQLAlchemy URL of the database.")
    headers: dict[str, SecretStr] = Field({}, description="Headers sent to the address, such as Authorization.")
    password: SecretStr = Field(SecretStr(""), description="Password of the database's user, if it is not in url.")
    query: str = Field("", description="Of kind sql: gives the rows.")
    timeout: float = Field(60.0, gt=0, le=3600, description="Seconds the source may take.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"folder": ("folder",), "http": ("url",), "sql": ("url", "query")}[self.kind]
        for name in needed:
            if not (value := getattr(self, name)) or (isinstance(value, SecretStr) and not value.get_secret_value()):
                raise ValueError(f"a source of kind {self.kind} needs {name}")
        if self.kind == "http" and not self.url.get_secret_value().startswith(("https://", "http://")):
            raise ValueError("url must begin with https:// or http://")
        return self


class ImportSettings(Section):
    largest_mb: int = Field(200, ge=1, le=4096, description="Largest file that may be imported in the browser.")
    sources: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")], ImportSource] = Field(
        {}, description="Where scheduled imports come from, each in a section of its own: `[imports.sources.NAME]`."
    )


class PluginSettings(Section):
    folder: Path | None = Field(None, description="Folder of plugin modules loaded at start.")
    disabled: list[str] = Field([], description="Names of plugins not to load.")
    options: dict[str, dict[str, Any]] = Field({}, description="Options handed to each plugin by name.")


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severity written.")
    format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal, else JSON.")
    mask_personal_data: bool = Field(True, description="Names and numbers in log fields are masked.")


class Settings(BaseSettings):
    """All settings, by section. Build with `load_settings`."""

    model_config = SettingsConfigDict(env_prefix="TELEMARKET_", env_nested_delimiter="__", extra="forbid")

    data_dir: Path = Field(Path("var"), description="Folder for everything Telemarket keeps.")
    language: Language = Field("uk", description="Language of pages before a person chooses his own.")
    timezone: str = Field("Europe/Kyiv", description="Time zone of pages and reports.")
    demo: bool = Field(False, description="Show demonstration helps, such as the test-call button.")
    database: DatabaseSettings = DatabaseSettings()
    web: WebSettings = WebSettings()
    asterisk: AsteriskSettings = AsteriskSettings()
    recording: RecordingSettings = RecordingSettings()
    sounds: SoundSettings = SoundSettings()
    agi: AgiSettings = AgiSettings()
    numbers: NumberSettings = NumberSettings()
    calls: CallSettings = CallSettings()
    following: FollowingSettings = FollowingSettings()
    outbound: OutboundSettings = OutboundSettings()
    smtp: SmtpSettings = SmtpSettings()
    sms: SmsSettings = SmsSettings()
    plugins: PluginSettings = PluginSettings()
    backends: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")], BackendSettings] = Field(
        {}, description="Sources of contacts, each in a section of its own: `[backends.NAME]`."
    )
    imports: ImportSettings = ImportSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL with the async driver named."""
        url = self.database.url or f"sqlite:///{self.data_dir.absolute() / 'telemarket.db'}"
        for plain, driver in (("sqlite://", "sqlite+aiosqlite://"), ("postgresql://", "postgresql+asyncpg://")):
            if url.startswith(plain):
                return driver + url.removeprefix(plain)
        return url

    @property
    def recordings_dir(self) -> Path:
        """Folder of recordings as the daemon sees it."""
        return self.data_dir.absolute() / self.recording.folder

    @property
    def erasure_key_file(self) -> Path:
        """Key of the digests by which people whose data were erased are known again; made with the first of them."""
        return self.data_dir.absolute() / "erasure.key"

    @property
    def imports_dir(self) -> Path:
        """Folder of files that are being imported."""
        return self.data_dir.absolute() / "imports"

    @property
    def sounds_dir(self) -> Path:
        """Folder of sounds as the daemon sees it."""
        return self.data_dir.absolute() / self.sounds.folder

    @property
    def pbx_sounds_dir(self) -> str:
        """Folder of sounds as Asterisk sees it."""
        return self.sounds.pbx_folder or str(self.sounds_dir)


def load_settings(path: Path | None = None) -> Settings:
    """Read `path` (TOML) and the environment.

    Raises ConfigurationError naming the file, the key and what is wrong with it.
    """
    content: dict[str, Any] = {}
    if path is not None:
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigurationError(f"{path}: cannot be read: {error.strerror}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path}: not valid TOML: {error}.") from error
    try:
        return Settings(**content)
    except ValidationError as error:
        where = str(path) if path else "environment"
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError(f"{where}: " + "; ".join(lines) + ".") from error
