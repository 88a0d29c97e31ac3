"""Why a call failed, told by exception classes and status codes, never by a provider's text."""

import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from leadlog.clock import SECOND_US

if TYPE_CHECKING:
    import httpx

_MOST_CAUSES = 20
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


class Failed(NamedTuple):
    """Why a call failed.

    Attributes:
        kind: a key of `leadlog.analysis.engine.FAILURES`.
        status: the HTTP status the server answered with, or None.
        retry_after: how many seconds it asked to wait.
        may_retry: whether a moment later the same call may succeed.
        key_name: the environment variable that is not set.
        unknown_provider: whether the model's name leads to no provider.
    """

    kind: str
    status: int | None = None
    retry_after: float | None = None
    may_retry: bool = False
    key_name: str | None = None
    unknown_provider: bool = False


def failed_by(error: BaseException, now_us: int) -> Failed:
    """Tell why a call failed.

    litellm gives most errors status 500 or calls them connection errors, also a page of HTML; what
    really happened stands in the chain of causes below (measured with litellm 1.106).
    """
    import httpx
    import openai

    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, httpx.HTTPStatusError):  # also where litellm calls it a timeout
            return _by_status(cause.response, now_us)
    for kind, may_retry, classes in (
        ("timed_out", False, (httpx.TimeoutException, openai.APITimeoutError)),
        ("unreachable", True, (httpx.TransportError, ConnectionError)),
        ("refused_key", False, (openai.AuthenticationError, openai.PermissionDeniedError)),
        ("rate_limited", False, (openai.RateLimitError,)),
    ):
        if any(isinstance(cause, classes) for cause in causes):
            return Failed(kind, may_retry=may_retry)
    return Failed("bad_reply")


def seconds_to_wait(value: str | None, now_us: int) -> float | None:
    """Return the seconds of a Retry-After header, given as such or as a date (RFC 9110, 10.2.3).

    Some servers write fractions, which the RFC does not know.
    """
    if value is None:
        return None
    if _SECONDS.fullmatch(value):
        return float(value)
    try:
        moment = parsedate_to_datetime(value).timestamp()
    except (ValueError, OverflowError):
        return None
    return max(0.0, moment - now_us / SECOND_US)


def _by_status(response: "httpx.Response", now_us: int) -> Failed:
    status = response.status_code
    wait = seconds_to_wait(response.headers.get("Retry-After"), now_us)
    if status in (401, 403):
        return Failed("refused_key", status)
    if status == 429:
        return Failed("rate_limited", status, wait, may_retry=wait is not None)
    if status == 408:
        return Failed("timed_out", status)
    if status >= 500:  # a gateway has nobody behind it, or a server still loads its model
        return Failed("unreachable", status, wait, may_retry=True)
    return Failed("unreachable" if status == 404 else "bad_reply", status)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__
