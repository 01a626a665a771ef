"""what phones sent, each once, in one table."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '9c1f0a7d52e6'
down_revision: str | None = '7a1c0e5b9d24'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

visit = sa.table('visit', sa.column('id', sa.Integer), sa.column('patient_id', sa.Integer))
check_in = sa.table(
    'check_in',
    sa.column('id', sa.Integer),
    sa.column('visit_id', sa.Integer),
    sa.column('key', sa.String),
    sa.column('check_in', sa.String),
    sa.column('occasion', sa.String),
    sa.column('answers', sa.JSON),
    sa.column('at', sa.DateTime(timezone=True)),
    sa.column('said_at', sa.DateTime(timezone=True)),
    sa.column('drove', sa.Boolean),
)


def upgrade() -> None:
    said = op.create_table('said',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('patient_id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['patient_id'], ['patient.id'], name=op.f('fk_said_patient_id_patient')),
    sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_said_visit_id_visit')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_said')),
    sa.UniqueConstraint('patient_id', 'key', name=op.f('uq_said_patient_id_key'))
    )
    with op.batch_alter_table('said', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_said_visit_id'), ['visit_id'], unique=False)
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.add_column(sa.Column('said_at', sa.DateTime(timezone=True), nullable=True))

    # Check-ins kept their own keys. What a phone sent before and sends again must still be known;
    # a phone's clock could say that it was given after it came.
    rows = op.get_bind().execute(
        sa.select(check_in, visit.c.patient_id).join(visit, visit.c.id == check_in.c.visit_id)
    ).mappings().all()
    kept = {}
    for row in rows:
        kept[row['patient_id'], row['key']] = {
            'patient_id': row['patient_id'],
            'visit_id': row['visit_id'],
            'key': row['key'],
            'what': f"check-in:{row['check_in']}",
            'body': {'occasion': row['occasion'], 'answers': row['answers']},
            'outcome': {'red_flags': [], 'drove': row['drove']},
            'said_at': min(row['said_at'] or row['at'], row['at']),
            'at': row['at'],
        }
    if kept:
        op.bulk_insert(said, list(kept.values()))
    op.execute(check_in.update().where(check_in.c.said_at > check_in.c.at).values(said_at=check_in.c.at))
    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_check_in_visit_id_key'), type_='unique')
        batch_op.drop_column('key')


def downgrade() -> None:
    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.String(), nullable=True))
    # The keys are gone from here: each row gets one of its own.
    op.execute(check_in.update().values(key=sa.cast(check_in.c.id, sa.String)))
    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.alter_column('key', existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f('uq_check_in_visit_id_key'), ['visit_id', 'key'])
    with op.batch_alter_table('answer', schema=None) as batch_op:
        batch_op.drop_column('said_at')
    with op.batch_alter_table('said', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_said_visit_id'))
    op.drop_table('said')
