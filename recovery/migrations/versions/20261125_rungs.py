"""each rung of the ladder has times of its own."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '7a1c0e5b9d24'
down_revision: str | None = '3fd15aec6aa7'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# Rungs were 0 = push and 1 = staff; staff are 4 now.
STAFF_BEFORE, STAFF = 1, 4
FIRST_TRY = "(SELECT min(at) FROM attempt WHERE attempt.notice_id = notice.id)"


def upgrade() -> None:
    with op.batch_alter_table('attempt') as batch_op:
        batch_op.add_column(sa.Column('rung', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('attempt') as batch_op:
        batch_op.alter_column('rung', server_default=None)
    with op.batch_alter_table('notice') as batch_op:
        batch_op.add_column(sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(f"UPDATE notice SET tried_at = {FIRST_TRY}, taken_at = sent_at")
    op.execute(f"UPDATE notice SET rung = {STAFF} WHERE rung = {STAFF_BEFORE}")
    op.execute(f"UPDATE attempt SET rung = {STAFF} WHERE channel = 'board'")


def downgrade() -> None:
    op.execute(f"UPDATE notice SET rung = {STAFF_BEFORE} WHERE rung = {STAFF}")
    op.execute("UPDATE notice SET rung = 0 WHERE rung > 1")
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_column('taken_at')
        batch_op.drop_column('tried_at')
    with op.batch_alter_table('attempt') as batch_op:
        batch_op.drop_column('rung')
