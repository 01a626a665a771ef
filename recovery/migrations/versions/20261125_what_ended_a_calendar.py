"""what ended a calendar of staff.

Calendars of people who are shut out end now: until here they came back when somebody let them in.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'b91e64d2c075'
down_revision: str | None = 'b3c6f1a94d08'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('staff_calendar') as batch_op:
        batch_op.add_column(sa.Column('ended_by', sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('staff_calendar') as batch_op:
        batch_op.alter_column('ended_by', server_default=None)
    op.execute(
        sa.text(
            "UPDATE staff_calendar SET ended_by = 'shut-out', ended_at ="
            " (SELECT disabled_at FROM staff WHERE staff.id = staff_calendar.staff_id)"
            " WHERE ended_at IS NULL AND staff_id IN"
            " (SELECT id FROM staff WHERE disabled_at IS NOT NULL)"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table('staff_calendar') as batch_op:
        batch_op.drop_column('ended_by')
