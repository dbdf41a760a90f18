"""Keep what stood in damaged rows that are taken out of the way."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade():
    op.add_column("damage", sa.Column("kept", TEXT))
