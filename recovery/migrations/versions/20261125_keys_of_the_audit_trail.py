"""the key that a row of the audit trail is sealed with; older rows keep their plain hash."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = 'c3a91f5e7d20'
down_revision: str | None = 'a6e0c9d41f57'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table('audit') as batch_op:
        batch_op.add_column(sa.Column('key', sa.String(), nullable=False, server_default=''))
        batch_op.create_index('ix_audit_about', ['clinic_id', 'subject', 'subject_id'])
    with op.batch_alter_table('audit') as batch_op:
        batch_op.alter_column('key', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('audit') as batch_op:
        batch_op.drop_index('ix_audit_about')
        batch_op.drop_column('key')
