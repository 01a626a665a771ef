"""What an act that was refused had begun."""

from recovery.store.database import db


def forget_unfinished() -> None:
    """Forget what a refused act had changed, so that a page shows what is really kept."""
    db.session.rollback()
