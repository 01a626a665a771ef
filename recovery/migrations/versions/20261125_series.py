"""visits that were booked in one go belong together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'a6e0c9d41f57'
down_revision: str | None = 'e4a7c1d80b36'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('visit') as batch_op:
        batch_op.add_column(sa.Column('series', sa.String(), nullable=True))
        batch_op.create_index('ix_visit_series', ['patient_id', 'series'])


def downgrade() -> None:
    with op.batch_alter_table('visit') as batch_op:
        batch_op.drop_index('ix_visit_series')
        batch_op.drop_column('series')
