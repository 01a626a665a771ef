"""What staff prove besides their password: passkeys, and codes for when a phone is lost."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class Passkey(Base):
    """A key that a phone, tablet or stick keeps for one person (WebAuthn)."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    #: base64url.
    credential: Mapped[str] = mapped_column(unique=True)
    #: COSE.
    public_key: Mapped[bytes]
    #: Counts up in keys that count; one that falls behind was copied.
    sign_count: Mapped[int]
    #: The browser it was made in ("Safari, iPad").
    label: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of ten codes on paper; each works once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None]
