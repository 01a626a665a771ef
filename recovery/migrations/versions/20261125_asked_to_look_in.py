"""others are asked to look in about a notice that nobody proved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'b7d20c4e91a3'
down_revision: str | None = '5d2c8e7f1b36'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('notice') as batch_op:
        batch_op.add_column(sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_column('asked_at')
