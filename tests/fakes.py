"""Stand-ins for what a test must control."""

from datetime import datetime


class FakeClock:
    """A clock that only a test moves; sleeping moves its monotonic time and takes none."""

    def __init__(self, now: str = "2026-03-10T12:00:00Z") -> None:
        self.us = 0
        self.seconds = 0.0
        self.set(now)

    def now_us(self) -> int:
        return self.us

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds

    def set(self, now: str) -> None:
        moment = datetime.fromisoformat(now)
        if moment.tzinfo is None:
            raise ValueError("a moment needs its offset")
        self.us = round(moment.timestamp() * 1_000_000)

    def advance(self, seconds: float) -> None:
        self.us += round(seconds * 1_000_000)
