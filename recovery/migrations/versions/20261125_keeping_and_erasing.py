"""how long a clinic keeps a patient's data, and whose are erased."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'f27c8d10e5b4'
down_revision: str | None = 'd81f4b7a60c2'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('clinic') as batch_op:
        batch_op.add_column(sa.Column('keep_days', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('keep_set_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('patient') as batch_op:
        batch_op.add_column(sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('patient') as batch_op:
        batch_op.drop_column('erased_at')
    with op.batch_alter_table('clinic') as batch_op:
        batch_op.drop_column('keep_set_at')
        batch_op.drop_column('keep_days')
