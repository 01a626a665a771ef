"""addresses for texts and e-mail, and what carriers report later."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '52f2e91411eb'
down_revision: str | None = '74fd0d30adc1'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('text_stop',
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_text_stop'))
    )
    op.create_table('address',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('clinic_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('to', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('code_hash', sa.String(), nullable=False),
    sa.Column('code_ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_why', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['clinic_id'], ['clinic.id'], name=op.f('fk_address_clinic_id_clinic')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address'))
    )
    with op.batch_alter_table('address', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_address_clinic_id'), ['clinic_id'], unique=False)
        batch_op.create_index('ix_address_owner', ['role', 'owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_address_to'), ['to'], unique=False)

    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('reported', sa.String(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('reported_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_attempt_address_id'), ['address_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_attempt_address_id_address'), 'address', ['address_id'], ['id'])
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.alter_column('reported', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attempt_address_id_address'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_attempt_address_id'))
        batch_op.drop_column('reported_at')
        batch_op.drop_column('reported')
        batch_op.drop_column('address_id')

    with op.batch_alter_table('address', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_address_to'))
        batch_op.drop_index('ix_address_owner')
        batch_op.drop_index(batch_op.f('ix_address_clinic_id'))

    op.drop_table('address')
    op.drop_table('text_stop')
