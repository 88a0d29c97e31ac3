"""Failures grouped, read from the log with corrections applied.

Failures are few beside the log, so this asks the index of logged failures and adds what corrections
made of other attempts, instead of scanning every attempt for its effective outcome.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from leadlog import failures
from leadlog.listings import FailureGroup, FailureReport, Filter
from leadlog.storage.contact_keys import is_key

_KEYS: Final = {
    "category": "f.failure_category",
    "code": "f.failure_code",
    "source": "f.source",
    "page": "f.page",
    "user": "u.handle",
}
_FAR: Final = "9999-12-31"
_COLUMNS: Final = "l.id, l.user_id, l.log_date, l.occurred_at, l.source, l.page"
# Logged failures that no correction touched, and attempts whose newest correction is a failure.
_LOGGED: Final = (
    f"SELECT {_COLUMNS}, l.failure_category, l.failure_code"
    " FROM lead_submission_logs AS l WHERE l.outcome = 'failure' AND NOT EXISTS"
    " (SELECT 1 FROM submission_corrections AS c WHERE c.log_id = l.id AND c.log_date <= :as_of)"
)
_CORRECTED: Final = (
    f"SELECT {_COLUMNS}, c.failure_category, c.failure_code"
    " FROM submission_corrections AS c JOIN lead_submission_logs AS l ON l.id = c.log_id"
    " WHERE c.outcome = 'failure' AND c.log_date <= :as_of AND c.id ="
    " (SELECT max(n.id) FROM submission_corrections AS n"
    "  WHERE n.log_id = c.log_id AND n.log_date <= :as_of)"
)
_ATTEMPT_CONDITIONS: Final = {
    "since": "l.log_date >= :since",
    "until": "l.log_date <= :until",
    "user_id": "l.user_id = :user_id",
    "source": "l.source = :source",
    "page": "l.page = :page",
    "email_key": "l.id IN (SELECT c.log_id FROM contacts AS c"
    f" WHERE {is_key('c.contact_key', ':email_key')})",
    "after_id": "l.id > :after_id",
}
_FAILURE_CONDITIONS: Final = {
    "category": "failure_category = :category",
    "code": "failure_code = :code",
}


def report(connection: sqlite3.Connection, wanted: Filter, by: Sequence[str]) -> FailureReport:
    """Return the failures of a range, grouped by the columns `by`, the largest group first."""
    if wanted.as_of is not None:
        wanted = wanted._replace(until=min(wanted.until or wanted.as_of, wanted.as_of))
    parameters = _parameters(wanted)
    keys = ", ".join(_KEYS[name] for name in by)
    query = (
        f"SELECT {keys}, f.log_date, f.user_id, count(*), min(f.occurred_at), max(f.occurred_at)"
        f" FROM ({_relation(wanted)}) AS f JOIN users AS u ON u.id = f.user_id"
        f" GROUP BY {keys}, f.log_date, f.user_id"
    )
    folded: dict[tuple[Any, ...], _Fold] = {}
    for row in connection.execute(query, parameters):
        folded.setdefault(row[: len(by)], _Fold()).add(*row[len(by) :])
    total = sum(fold.attempts for fold in folded.values())
    by_kind = tuple(by) == failures.GROUPINGS[None]
    groups = [
        FailureGroup(
            tuple(zip(by, key, strict=True)),
            fold.attempts,
            len(fold.users),
            round(fold.attempts / total, 6),
            fold.first_seen,
            fold.last_seen,
            _state(connection, wanted, key, fold.per_day) if by_kind else None,
            dict(sorted(fold.per_day.items())),
        )
        for key, fold in folded.items()
    ]
    groups.sort(key=lambda group: (-group.attempts, [str(value) for _, value in group.key]))
    since, until, attempts = _range(connection, wanted, parameters)
    return FailureReport(since, until, attempts, total, tuple(groups))


class _Fold:
    """The running sums of one group."""

    def __init__(self) -> None:
        self.attempts = 0
        self.users: set[int] = set()
        self.per_day: dict[str, int] = {}
        self.first_seen = _FAR
        self.last_seen = ""

    def add(self, day: str, user_id: int, attempts: int, first_seen: str, last_seen: str) -> None:
        self.attempts += attempts
        self.users.add(user_id)
        self.per_day[day] = self.per_day.get(day, 0) + attempts
        self.first_seen = min(self.first_seen, first_seen)
        self.last_seen = max(self.last_seen, last_seen)


def _relation(wanted: Filter) -> str:
    """Return the effective failures that a filter wants, as a subquery."""
    common = _conditions(wanted)
    kinds = [name for name in _FAILURE_CONDITIONS if getattr(wanted, name) is not None]
    branches = []
    for select, table in ((_LOGGED, "l"), (_CORRECTED, "c")):
        conditions = common + [f"{table}.{_FAILURE_CONDITIONS[name]}" for name in kinds]
        branches.append(select + "".join(f" AND {condition}" for condition in conditions))
    return " UNION ALL ".join(branches)


def _conditions(wanted: Filter) -> list[str]:
    """Return what a filter demands of an attempt; of an id 0 demands nothing."""
    return [
        condition
        for name, condition in _ATTEMPT_CONDITIONS.items()
        if getattr(wanted, name) is not None and getattr(wanted, name) != 0
    ]


def _parameters(wanted: Filter) -> dict[str, Any]:
    return {**wanted._asdict(), "as_of": wanted.as_of or _FAR}


def _state(
    connection: sqlite3.Connection, wanted: Filter, kind: tuple[str, str], seen: dict[str, int]
) -> str:
    """Judge one kind; what came before the range is looked up under the same other conditions."""
    seen_before = None
    if wanted.since is not None:
        category, code = kind
        earlier = wanted._replace(since=None, until=None, after_id=0, category=category, code=code)
        for select, table in ((_LOGGED, "l"), (_CORRECTED, "c")):
            conditions = _conditions(earlier)
            conditions += [f"{table}.{c}" for c in _FAILURE_CONDITIONS.values()]
            where = "".join(f" AND {condition}" for condition in conditions)
            query = (
                f"{select}{where} AND l.log_date < :since ORDER BY l.log_date DESC LIMIT 1"
            ).replace(_COLUMNS, "l.log_date", 1)
            parameters = {**_parameters(earlier), "since": wanted.since}
            row = connection.execute(query, parameters).fetchone()
            if row is not None:
                seen_before = max(seen_before or "", row[0])
    return failures.state(seen, seen_before)


def _range(
    connection: sqlite3.Connection, wanted: Filter, parameters: dict[str, Any]
) -> tuple[str | None, str | None, int]:
    """Return the range's bounds and the number of attempts of all outcomes in it."""
    conditions = _conditions(wanted)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"SELECT count(*) FROM lead_submission_logs AS l {where}"
    (attempts,) = connection.execute(query, parameters).fetchone()
    first, last = (
        connection.execute(f"SELECT {edge}(log_date) FROM lead_submission_logs").fetchone()[0]
        for edge in ("min", "max")
    )
    return wanted.since or first, wanted.until or last, attempts
