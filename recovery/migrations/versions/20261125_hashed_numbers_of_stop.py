"""numbers that said STOP are kept as hashes with a key, so that no erased person's number stays."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from recovery.services.audit import audit_keys


revision: str = '5e0c7ab92f18'
down_revision: str | None = 'b91e64d2c075'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

PURPOSE = "a number that said STOP"


def upgrade() -> None:
    there = sa.table('text_stop', sa.column('number'), sa.column('stopped_at', _moment()))
    rows = op.get_bind().execute(sa.select(there.c.number, there.c.stopped_at)).all()
    op.drop_table('text_stop')
    made = op.create_table(
        'text_stop',
        sa.Column('number_hash', sa.String(), nullable=False),
        sa.Column('stopped_at', _moment(), nullable=False),
        sa.PrimaryKeyConstraint('number_hash', name=op.f('pk_text_stop')),
    )
    keys = audit_keys()
    op.bulk_insert(
        made,
        [
            {'number_hash': keys.hidden(PURPOSE, number)[0], 'stopped_at': stopped_at}
            for number, stopped_at in rows
        ],
    )


def downgrade() -> None:
    """A number cannot be made of its hash: with a STOP in it there is no way back."""
    there = op.get_bind().execute(sa.text('SELECT count(*) FROM text_stop')).scalar()
    if there:
        raise RuntimeError('Numbers that said STOP would be texted again: restore a backup instead')
    op.drop_table('text_stop')
    op.create_table(
        'text_stop',
        sa.Column('number', sa.String(), nullable=False),
        sa.Column('stopped_at', _moment(), nullable=False),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_text_stop')),
    )


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)
