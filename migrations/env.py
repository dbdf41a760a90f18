"""Alembic's way in: the connection that the program hands over, else MONITOR_DB."""

import os

from alembic import context
from sqlalchemy import create_engine

from monitor.store.tables import metadata


def run(connection):
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        transaction_per_migration=True,
        # an index that SQLite does not have is not missing there
        include_object=lambda thing, name, *_: name != "ix_message_open",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(os.environ["MONITOR_DB"]).connect() as opened:
        run(opened)
