"""What the operator may set: by option, environment or file. Read by `bootstrap` and `protocols`.

Each setting by itself comes from the first that names it: the command's option, the environment,
`config.toml` in the user's configuration folder, the default.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.errors import Refused
from monitor.regular_file import read_regular

# The environment's name of each key that `config.toml` may hold; `[units]` stands in it alone.
VARIABLES = {
    "db": "MONITOR_DB",
    "policy": "MONITOR_POLICY",
    "protocols": "MONITOR_PROTOCOLS",
    "inbox": "MONITOR_INBOX",
    "codes": "MONITOR_CODES",
    "base_url": "MONITOR_BASE_URL",
    "clinic_zone": "MONITOR_CLINIC_ZONE",
}
_PATHS = ("policy", "protocols", "inbox", "codes")


class SettingsError(ValueError):
    """The file of settings cannot be used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """One thing in force, and who says so."""

    value: str | None
    whence: str  # option, environment, file or default


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What is in force."""

    file: Path
    named: Mapping[str, Setting]
    units: Mapping[str, str]  # the unit that this site writes, by result code

    @property
    def database(self) -> str:
        """Give the database: a URL, or the path of a file."""
        return str(self.named["db"].value)

    @property
    def policy(self) -> Path | None:
        """Give the file of the site's policy; None: the one that ships."""
        found = self.named["policy"].value
        return None if found is None else Path(found)

    @property
    def protocols(self) -> Path:
        """Give the folder of the site's own protocols, which need not be there."""
        return Path(str(self.named["protocols"].value)).absolute()


def read_settings(database: str | None = None) -> Settings:
    """Gather what is in force; raises SettingsError where the file cannot be used."""
    from platformdirs import user_config_path

    file: Path = user_config_path("infusion-monitor", appauthor=False) / "config.toml"
    content = _read(file)
    units = content.pop("units", {})
    named = {key: _choose(key, content.get(key), file) for key in VARIABLES}
    if database is not None:
        named["db"] = Setting(value=database, whence="option")
    elif named["db"].value is None:
        named["db"] = Setting(value=_default_database(), whence="default")
    if named["protocols"].value is None:
        named["protocols"] = Setting(value=str(file.parent / "protocols"), whence="default")
    return Settings(file=file, named=named, units=units)


def _choose(key: str, written: str | None, file: Path) -> Setting:
    said = os.environ.get(VARIABLES[key])
    if said:
        return Setting(value=said, whence=f"environment ({VARIABLES[key]})")
    if written is None:
        return Setting(value=None, whence="default")
    is_path = key in _PATHS or (key == "db" and ":" not in written)
    # Beside the file that names it, whatever folder the command is typed in.
    value = str(file.parent / Path(written).expanduser()) if is_path else written
    return Setting(value=value, whence=f"file ({file})")


def _read(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {}
    try:
        content = tomllib.loads(
            read_regular(file).decode("utf-8-sig")
        )  # Windows begins with a mark
    except Refused as fault:
        raise SettingsError(str(fault)) from fault
    except OSError as fault:
        raise SettingsError(f"{file} cannot be read: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise SettingsError(f"{file} is not UTF-8; save the file as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{file} cannot be read as TOML: {fault}") from fault
    for key, value in content.items():
        if key != "units" and key not in VARIABLES:
            raise SettingsError(
                f"{file}: unknown key {key!a}; known are {', '.join(VARIABLES)}, units"
            )
        is_table = key == "units" and isinstance(value, dict)
        texts = value.values() if is_table else [value]
        if is_table != (key == "units") or not all(
            isinstance(text, str) and text.strip() for text in texts
        ):
            example = '[units] alt = "U/L"' if key == "units" else f'{key} = "…"'
            raise SettingsError(f"{file}: {key}: write a text, for instance {example}")
    return content


def _default_database() -> str:
    from platformdirs import user_data_path

    path: Path = user_data_path("infusion-monitor", appauthor=False) / "monitor.db"
    return str(path)
