"""Fixtures for campaigns that drive a ward in-process, as the everyday tests of delivery do."""

# Named here, pytest finds them for this folder.
from tests.delivery.conftest import empty_database, http_sink, owe, start, ward

__all__ = ["empty_database", "http_sink", "owe", "start", "ward"]
