"""The names and columns of the append-only tables, as every store and every hash sees them.

A row's hash covers its columns in exactly this order (without `prev_hash` and `hash`, which each
table has last), so the order is part of the file format and never changes.
"""

from typing import Final

ATTEMPTS: Final = "lead_submission_logs"
LEADS: Final = "leads"
USERS: Final = "users"
SETTINGS: Final = "settings"
LIMIT_CHANGES: Final = "rate_limit_changes"
CORRECTIONS: Final = "submission_corrections"
ERASURES: Final = "erasures"
SNAPSHOTS: Final = "daily_analysis_snapshots"
REPORTS: Final = "daily_analysis_reports"
RUNS: Final = "analysis_runs"

RESERVED_USER_ID: Final = 1
RESERVED_HANDLE: Final = "unknown"
"""Attempts of nobody we know are logged under this user; it has no limit and can't submit."""

CHAINED: Final[dict[str, tuple[str, ...]]] = {
    SETTINGS: ("id", "created_at", "key", "value"),
    USERS: ("id", "created_at", "handle", "created_date"),
    LIMIT_CHANGES: (
        "id",
        "created_at",
        "user_id",
        "max_attempts",
        "window_seconds",
        "reason",
        "change_date",
    ),
    ATTEMPTS: (
        "id",
        "created_at",
        "user_id",
        "origin",
        "occurred_at",
        "log_date",
        "late_for",
        "outcome",
        "failure_category",
        "failure_code",
        "failure_field",
        "failure_message",
        "source",
        "page",
        "request_id",
        "request_digest",
        "duplicate_of",
        "admitted",
        "policy_id",
        "used",
        "logical_us",
        "duration_ms",
        "context",
        "contact_hash",
    ),
    LEADS: (
        "id",
        "created_at",
        "log_id",
        "user_id",
        "source",
        "page",
        "contact_key",
        "lead_date",
    ),
    CORRECTIONS: (
        "id",
        "created_at",
        "log_id",
        "outcome",
        "failure_category",
        "failure_code",
        "failure_field",
        "failure_message",
        "reason",
        "log_date",
    ),
    ERASURES: (
        "id",
        "created_at",
        "contact_key",
        "log_id",
        "before_date",
        "last_log_id",
        "contacts_erased",
        "reason",
        "log_date",
    ),
    SNAPSHOTS: (
        "id",
        "created_at",
        "snapshot_date",
        "starts_at",
        "ends_at",
        "attempts",
        "successes",
        "failures",
        "metrics",
        "sha256",
        "log_digest",
        "last_log_id",
        "last_correction_id",
        "tzdata_version",
    ),
    REPORTS: (
        "id",
        "created_at",
        "report_date",
        "version",
        "provisional",
        "inputs",
        "snapshot_sha256",
        "engine",
        "model",
        "parameters",
        "prompt",
        "reply",
        "analysis",
        "withheld",
        "tokens",
        "cost",
        "duration_ms",
    ),
    RUNS: (
        "id",
        "created_at",
        "run_id",
        "report_date",
        "engine",
        "model",
        "event",
        "detail",
    ),
}
"""Columns in schema order, `id` first; `prev_hash` and `hash` follow in every table."""
