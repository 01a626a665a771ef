"""sending paused until a person has looked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '5d2c8e7f1b36'
down_revision: str | None = 'd64b4f3f7b3a'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('clinic') as table:
        table.add_column(sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column('paused_why', sa.String(), nullable=False, server_default=''))
        table.add_column(sa.Column('restored_as_of', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('clinic') as table:
        table.alter_column('paused_why', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('clinic') as table:
        table.drop_column('restored_as_of')
        table.drop_column('paused_why')
        table.drop_column('paused_at')
