"""when a patient ended their account."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'e1f40b7a9c62'
down_revision: str | None = 'c3a91f5e7d20'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('patient') as batch_op:
        batch_op.add_column(sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('patient') as batch_op:
        batch_op.drop_column('ended_at')
