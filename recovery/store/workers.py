"""Workers say that they are alive; staff see within a minute when none is."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from recovery.store.database import Base


class WorkerBeat(Base):
    """The last sign of life of one worker process."""

    __tablename__ = "worker_beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    #: Seconds between this worker's clock and the witness that contradicts it most; 0 = none.
    clock_off: Mapped[float] = mapped_column(default=0.0)
