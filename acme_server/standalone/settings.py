"""The settings of a server on one machine; each has a default."""

from collections.abc import Mapping
from pathlib import Path

from acme_server.assembly.settings import ServerSettings, load


class Settings(ServerSettings):
    """Everything that can be set."""


def load_settings(file: Path | None, environment: Mapping[str, str]) -> Settings:
    """Read the settings, as `acme_server.assembly.settings.load` does; raise `SettingsError`."""
    return load(Settings, file, environment)
