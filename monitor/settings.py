"""What the operator may set. Read once, by `wiring`."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """Where things are kept."""

    database: str  # an SQLAlchemy URL
    policy: Path | None  # the site's policy; None: the one that ships


def read_settings(database: str | None = None) -> Settings:
    """Choose: what the command says, else MONITOR_DB, else a file in the user's data folder.

    The policy is the file that MONITOR_POLICY names.
    """
    policy = os.environ.get("MONITOR_POLICY")
    return Settings(
        database=database or os.environ.get("MONITOR_DB") or _default_database(),
        policy=Path(policy) if policy else None,
    )


def _default_database() -> str:
    from platformdirs import user_data_path

    path: Path = user_data_path("infusion-monitor", appauthor=False) / "monitor.db"
    return f"sqlite:///{path}"
