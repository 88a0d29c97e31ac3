"""The one error type, and the one table from its kinds to exit codes."""

from typing import Final

EXIT_CODES: Final = {
    "bug": 1,
    "usage": 2,
    "not_found": 3,
    "unverified": 4,
    "engine": 7,
    "unusable": 8,
    "busy": 8,
    "unknown_outcome": 9,
    "not_delivered": 9,
    "interrupted": 130,
    "terminated": 143,
}

EXIT_RECORDED_FAILURE: Final = 5
"""An attempt was recorded as a failure; a refusal is a value, not an error."""

EXIT_RATE_LIMITED: Final = 6
"""An attempt was recorded as refused by the rate limit."""


class LeadlogError(Exception):
    """Something a person must hear about: what went wrong, and what to do next.

    Args:
        kind: a key of `EXIT_CODES`; fixed, so that callers may branch on it.
        message: one sentence that says what is wrong.
        hint: one sentence or command that says what to do next, or None.
    """

    def __init__(self, kind: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint

    @property
    def exit_code(self) -> int:
        """The process exit code this error ends a command with."""
        return EXIT_CODES[self.kind]
