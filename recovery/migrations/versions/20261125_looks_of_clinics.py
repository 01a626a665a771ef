"""a colour and a logo for each clinic."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'a83d5f0c2e17'
down_revision: str | None = 'f27c8d10e5b4'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

COLUMNS = ('accent', 'accent_dim', 'logo')


def upgrade() -> None:
    with op.batch_alter_table('clinic') as batch_op:
        for name in COLUMNS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=''))
    with op.batch_alter_table('clinic') as batch_op:
        for name in COLUMNS:
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        'clinic_logo',
        sa.Column('clinic_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(), nullable=False),
        sa.Column('picture', sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_clinic_logo_clinic_id_clinic')),
        sa.PrimaryKeyConstraint('clinic_id', name=op.f('pk_clinic_logo')),
    )
    with op.batch_alter_table('clinic_logo') as batch_op:
        batch_op.create_index(batch_op.f('ix_clinic_logo_name'), ['name'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('clinic_logo') as batch_op:
        batch_op.drop_index(batch_op.f('ix_clinic_logo_name'))
    op.drop_table('clinic_logo')
    with op.batch_alter_table('clinic') as batch_op:
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
