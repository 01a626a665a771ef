"""What is owed to whom and when: derived from what is known, never kept by hand."""

from recovery.domain.notices.drafting import somebody_is_asked_about
from recovery.domain.notices.plan import plan
from recovery.domain.notices.reconcile import Changes, Existing, New, reconcile
from recovery.domain.notices.settled import settled

__all__ = ["Changes", "Existing", "New", "plan", "reconcile", "settled", "somebody_is_asked_about"]
