"""Keep of each patient how many urgent matters go to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade():
    op.add_column("look", sa.Column("unheard", sa.Integer()))
    # looked at anew, so that what stands already is counted
    op.execute("UPDATE look SET next_at = ''")
