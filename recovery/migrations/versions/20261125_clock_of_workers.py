"""how far a worker's clock is off."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '4b0f6d1c7a52'
down_revision: str | None = 'c38f2c531b49'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.execute('DELETE FROM worker_beat')  # Living workers give the next sign in seconds.
    with op.batch_alter_table('worker_beat') as table:
        table.add_column(sa.Column('clock_off', sa.Double(), nullable=False, server_default='0'))
        table.alter_column('clock_off', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('worker_beat') as table:
        table.drop_column('clock_off')
