"""The configuration: `tintinh.toml`, then environment variables `TINTINH_SECTION__KEY` over it.

Secrets may also stand in a file that `TINTINH_SECTION__KEY_FILE` names. Unknown keys are refused.
docs/configuration.md is the table of all options; a test keeps it complete.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from corpus.errors import UsageError
from tintinh.durations import parse_duration

POLITE_DELAY = 3.0
"""Seconds between two requests to a public host: never less (DESIGN: numbers)."""

PREFIX, DELIMITER = "TINTINH_", "__"
_SECRET_FILES = {"TINTINH_EMAIL__PASSWORD_FILE": ("email", "password")}
"""Variables that name a file with a secret, and the option that it holds."""


def _span(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _list(value: object) -> object:
    # What an environment variable gives; a name or a span of time holds no comma.
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


_MAIL = re.compile(r"[^\s@()<>,;]+@[^\s@()<>,;.]+(\.[^\s@()<>,;.]+)+")


def is_contact(text: str) -> bool:
    """Whether a text can be the operator's contact: an e-mail address or an http(s) URL, fit for the user agent."""
    if not text.isascii() or not text.isprintable() or any(mark in text for mark in " ()"):
        return False
    if _MAIL.fullmatch(text):
        return True
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


Span = Annotated[timedelta, BeforeValidator(_span)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CrawlSection(_Section):
    """Which outlets are crawled, how often and how gently."""

    contact: str = Field("", description="e-mail or web address of who runs this service; public hosts need one")
    outlets: Annotated[tuple[str, ...], BeforeValidator(_list)] = Field(
        (), description="slugs of the outlets on the timetable; empty: all active ones"
    )
    interval: Span = Field(timedelta(minutes=15), description="time between two rounds of one outlet")
    workers: int = Field(3, ge=1, le=16, description="crawl workers, each with one outlet at a time")
    delay: float = Field(POLITE_DELAY, ge=POLITE_DELAY, description="seconds between requests to one host, 3 or more")
    max_pages: int = Field(40, ge=1, description="pages of one round; the rest waits for the next")
    max_seconds: float = Field(120, gt=0, description="seconds of one round")
    daily_requests: int = Field(600, ge=1, description="requests to one host a day")
    revisit_ages: Annotated[tuple[Span, ...], BeforeValidator(_list)] = Field(
        (timedelta(hours=1), timedelta(hours=24)), description="ages at which a stored article is looked at again"
    )

    @field_validator("contact")
    @classmethod
    def _address(cls, value: str) -> str:
        value = value.strip()
        if value and not is_contact(value):
            raise ValueError(f"{value!r} is neither an e-mail address (name@office.example) nor an http(s) URL")
        return value


class NetworkSection(_Section):
    """Host names that are served elsewhere: the demo, tests, a mirror in the house."""

    resolve: dict[str, str] = Field(
        {}, description="host name -> address:port; plain HTTP goes there, and only such hosts may be private"
    )
    resolved_delay: float | None = Field(
        None, ge=0, description="seconds between requests to hosts of `resolve`; empty: as crawl.delay"
    )

    @field_validator("resolve")
    @classmethod
    def _address_and_port(cls, value: dict[str, str]) -> dict[str, str]:
        for host, target in value.items():
            address, colon, port = target.rpartition(":")
            if not (colon and address and port.isdigit() and 0 < int(port) < 65536):
                raise ValueError(f"{host!r} must map to address:port, for example 127.0.0.2:8080, not {target!r}")
        return {host.lower(): target for host, target in value.items()}


class EmailSection(_Section):
    """The mail server that e-mail alerts are sent through."""

    host: str = Field("", description="mail server; empty: no e-mail is sent")
    port: int = Field(587, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="starttls, tls or none")
    username: str = Field("", description="login; empty: none")
    password: SecretStr = Field(SecretStr(""), description="password of the login (secret)")
    sender: str = Field("", description="address in From")


class ArchiveSection(_Section):
    """How long the raw responses are kept."""

    keep: Span | None = Field(
        None, description="how long raw responses are kept, for example 400d; empty: for ever; articles always stay"
    )

    @field_validator("keep", mode="before")
    @classmethod
    def _none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("keep")
    @classmethod
    def _a_day(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value < timedelta(days=1):
            raise ValueError("a day (1d) is the least: a run's own pages must not go")
        return value


class AlertsSection(_Section):
    """What holds for new topics, and how alerts go out."""

    max_age_days: float = Field(3, gt=0, description="a topic's age limit in days where it names none")


_ALL_OPTIONS = "docs/configuration.md lists all options"


class Config(BaseSettings):
    """All options. Made by `load_config`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=DELIMITER, extra="forbid", frozen=True, env_ignore_empty=True
    )

    language: Literal["vi", "en"] = Field("vi", description="language of mails and alert reasons")
    crawl: CrawlSection = CrawlSection()  # type: ignore[call-arg]
    network: NetworkSection = NetworkSection()  # type: ignore[call-arg]
    email: EmailSection = EmailSection()  # type: ignore[call-arg]
    archive: ArchiveSection = ArchiveSection()  # type: ignore[call-arg]
    alerts: AlertsSection = AlertsSection()  # type: ignore[call-arg]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load_config` hands in: it has joined file and environment, and can name the one at fault."""
        return (init_settings,)


class _Environment(EnvSettingsSource):
    """The options that an environment gives; what does not fit is told by the option's own check."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Config)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environ.items() if value and name not in _SECRET_FILES}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Lists and tables as JSON; anything else is left to the option."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


@dataclass(frozen=True, slots=True)
class Place:
    """Where one installation lives: its configuration file (perhaps missing) and its data folder."""

    config_file: Path
    data: Path

    @property
    def user_folder(self) -> Path:
        """The folder beside the configuration file, with the user's own `outlets/` and `families/`."""
        return self.config_file.parent


def find_place(
    config: Path | None, data: Path | None, environ: Mapping[str, str] = os.environ, *, new: bool = False
) -> Place:
    """Settle configuration file and data folder: option, then environment, then the user's XDG folders.

    Raises:
        UsageError: a configuration file was named and is not there, and it is not to be made (`new`).
    """
    home = _path(environ, "HOME") or Path("~").expanduser()
    named = config or _path(environ, "TINTINH_CONFIG")
    if named is not None and not named.is_file() and not new:
        raise UsageError("config", f"{named} is not a file", hint="make one with `tintinh init`, or leave --config out")
    default = (_path(environ, "XDG_CONFIG_HOME") or home / ".config") / "tintinh" / "tintinh.toml"
    folder = data or _path(environ, "TINTINH_DATA")
    if folder is None:
        folder = (_path(environ, "XDG_DATA_HOME") or home / ".local" / "share") / "tintinh"
    return Place((named or default).absolute(), folder.absolute())


def load_config(place: Place, environ: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration of a place; a missing file means the defaults, and the environment wins over the file.

    Raises:
        UsageError: code `config`; the message names the file or variable, the key and what is wrong with it.
    """
    values = _read_file(place.config_file) if place.config_file.is_file() else {}
    given = _Environment(environ)()
    for variable, (section, key) in _SECRET_FILES.items():
        if environ.get(variable):
            given.setdefault(section, {})[key] = _secret(variable, Path(environ[variable]))
    _refuse_unknown_sections(environ)
    for name, value in given.items():
        both = isinstance(value, dict) and isinstance(values.get(name), dict)
        values[name] = {**values[name], **value} if both else value
    try:
        return Config(**values)
    except ValidationError as error:
        raise _config_error(place.config_file, environ, error) from error


def _refuse_unknown_sections(environ: Mapping[str, str]) -> None:
    # Variables of one word are left alone: TINTINH_DATA, and whatever else carries our name.
    for name in environ:
        section = name.removeprefix(PREFIX).partition(DELIMITER)[0].lower()
        if name.startswith(PREFIX) and DELIMITER in name and section not in _sections():
            raise UsageError("config", f"{name}: unknown section {section}", hint=_near(section))


def options() -> list[tuple[str, str, str]]:
    """Every option as (dotted name, default as written in TOML, description); for docs and tests."""
    rows = [("language", '"vi"', str(Config.model_fields["language"].description))]
    for name, section in _sections().items():
        for key, field in section.model_fields.items():
            rows.append((f"{name}.{key}", _toml(field.default), str(field.description)))
    return rows


def _sections() -> dict[str, type[BaseModel]]:
    return {
        "crawl": CrawlSection,
        "network": NetworkSection,
        "email": EmailSection,
        "archive": ArchiveSection,
        "alerts": AlertsSection,
    }


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f'"{minutes // 60}h"' if minutes % 60 == 0 else f'"{minutes}m"'
    if isinstance(value, SecretStr | str):
        return '""' if isinstance(value, SecretStr) else f'"{value}"'
    return "(none)" if value is None else "{}" if value == {} else f"{value:g}"


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name)
    return Path(value).expanduser() if value else None


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "config", f"{path} is no valid TOML: {error}", hint="correct the line that it names"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("config", f"{path} cannot be read: {error}") from error


def _secret(variable: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("config", f"{variable}: {path} cannot be read: {error}") from error


def where_given(path: Path, key: Sequence[str], environ: Mapping[str, str] = os.environ) -> str:
    """The variable that gives an option (section, key), else the configuration file."""
    names = [PREFIX + DELIMITER.join(key[:depth]).upper() for depth in (2, 1)]
    return next((name for name in names if environ.get(name)), str(path))


def _config_error(path: Path, environ: Mapping[str, str], error: ValidationError) -> UsageError:
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    key, where = ".".join(place), where_given(path, place, environ)
    if first["type"] == "extra_forbidden":
        return UsageError("config", f"{where}: unknown key {key}", hint=_near(key))
    return UsageError("config", f"{where}: {key}: {first['msg'].removeprefix('Value error, ')}", hint=_ALL_OPTIONS)


def _near(key: str) -> str:
    near = difflib.get_close_matches(key, [*(name for name, _, _ in options()), *_sections()], n=1)
    return f"did you mean {near[0]}?" if near else _ALL_OPTIONS
