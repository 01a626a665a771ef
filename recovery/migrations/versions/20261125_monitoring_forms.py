"""what staff note on a monitoring form; a protocol says which fields it has."""

import json
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'b3c6f1a94d08'
down_revision: str | None = 'a83d5f0c2e17'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

#: Protocols only said whether the form is printed; these were its lines to write on.
LINES = {
    'source': 'Patient Monitoring Form of the esketamine programme (SPRAVATO REMS)',
    'signed': None,
    'doses': [28.0, 56.0, 84.0],
    'effects': ['sedation', 'dissociation'],
    'serious_events': True,
}
KEPT = [
    sa.table(name, sa.column('id', sa.Integer), sa.column('body', sa.Text))
    for name in ('protocol_version', 'protocol_draft')
]


def upgrade() -> None:
    op.create_table(
        'observation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('visit_id', sa.Integer(), nullable=False),
        sa.Column('item', sa.String(), nullable=False),
        sa.Column('mg', sa.Double(), nullable=True),
        sa.Column('seen', sa.Boolean(), nullable=True),
        sa.Column('since_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('words', sa.String(), nullable=False),
        sa.Column('staff_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_observation_staff_id_staff')),
        sa.ForeignKeyConstraint(['visit_id'], ['visit.id'], name=op.f('fk_observation_visit_id_visit')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_observation')),
    )
    with op.batch_alter_table('observation') as batch_op:
        batch_op.create_index(op.f('ix_observation_visit_id'), ['visit_id'])
    _rewrite(_with_fields)


def downgrade() -> None:
    _rewrite(_on_or_off)
    op.drop_table('observation')


def _rewrite(change: Callable[[dict], None]) -> None:
    for table in KEPT:
        for number, body in op.get_bind().execute(sa.select(table.c.id, table.c.body)).all():
            protocol = json.loads(body)
            before = protocol.get('monitoring_form')
            change(protocol)
            if protocol.get('monitoring_form') != before:
                kept = json.dumps(protocol, ensure_ascii=False)
                op.execute(table.update().where(table.c.id == number).values(body=kept))


def _with_fields(protocol: dict) -> None:
    if protocol.pop('monitoring_form', False):
        protocol['monitoring_form'] = LINES


def _on_or_off(protocol: dict) -> None:
    form = protocol.pop('monitoring_form', None) or {}
    protocol['monitoring_form'] = any(form.get(name) for name in ('doses', 'effects', 'serious_events'))
