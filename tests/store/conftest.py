"""Fixtures: real databases in a temporary folder, one with the current schema, one without."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import URL

from monitor.store import engine as database
from monitor.store import schema, urls
from tests import postgresql


@pytest.fixture
def url(tmp_path) -> Iterator[URL]:
    """Name a database that does not exist yet, in a folder that does not either.

    On a server: one without a table.
    """
    if not postgresql.URL:
        yield database.parse_url(f"sqlite:///{tmp_path}/data/clinic.db")
        return
    made = postgresql.create()
    yield database.parse_url(made)
    postgresql.drop(made)


@pytest.fixture
def empty(url):
    """Open a new database without a schema."""
    urls.prepare(url)
    engine = database.open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def clinic(empty):
    """Open a new database with the current schema."""
    schema.upgrade(empty)
    return empty


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    """Open one database with the current schema for all the examples of a property."""
    if postgresql.URL:
        url = database.parse_url(postgresql.create())
    else:
        url = database.parse_url(f"sqlite:///{tmp_path_factory.mktemp('archive')}/clinic.db")
        urls.prepare(url)
    engine = database.open_engine(url)
    schema.upgrade(engine)
    yield engine
    engine.dispose()
