"""calendars of staff, by a secret address."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'd81f4b7a60c2'
down_revision: str | None = 'e1f40b7a9c62'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        'staff_calendar',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('clinic_id', sa.Integer(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('token_hash', sa.String(), nullable=False),
        sa.Column('label', sa.String(), nullable=False),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ['clinic_id'], ['clinic.id'], name=op.f('fk_staff_calendar_clinic_id_clinic')
        ),
        sa.ForeignKeyConstraint(
            ['staff_id'], ['staff.id'], name=op.f('fk_staff_calendar_staff_id_staff')
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_calendar')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_staff_calendar_token_hash')),
    )
    with op.batch_alter_table('staff_calendar') as batch_op:
        batch_op.create_index(op.f('ix_staff_calendar_clinic_id'), ['clinic_id'])
        batch_op.create_index(op.f('ix_staff_calendar_staff_id'), ['staff_id'])


def downgrade() -> None:
    op.drop_table('staff_calendar')
