"""an e-mail address of the person on call."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'e4a7c1d80b36'
down_revision: str | None = 'b7d20c4e91a3'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('clinic') as batch_op:
        batch_op.add_column(
            sa.Column('on_call_email', sa.String(), nullable=False, server_default='')
        )
    with op.batch_alter_table('clinic') as batch_op:
        batch_op.alter_column('on_call_email', server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM attempt WHERE notice_id IN (SELECT id FROM notice WHERE kind = 'on-call')")
    op.execute("DELETE FROM notice WHERE kind = 'on-call'")
    with op.batch_alter_table('clinic') as batch_op:
        batch_op.drop_column('on_call_email')
