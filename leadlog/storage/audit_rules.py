"""Rules between columns and tables, as conditions that only a row breaks that leadlog never wrote.

SQLite looks for such rows, which costs a tenth of fetching them all to look at them here. Each rule
is one fact about what is decided and stored together; its sentence says it of one row.
"""

from typing import Final

from leadlog import tables
from leadlog.model import CATEGORIES
from leadlog.storage.audit_scans import Rule, Scan

_OUTCOME: Final = (
    Rule(
        "outcome",
        "value",
        "CASE t.outcome WHEN 'success' THEN 0 WHEN 'failure' THEN 1 END"
        " IS NOT (t.failure_category IS NOT NULL)",
        "Row {id} is neither a plain success nor a failure of a category.",
    ),
    Rule(
        "failure_code",
        "value",
        "(t.failure_category IS NULL) <> (t.failure_code IS NULL)"
        " OR t.failure_code GLOB '*[^a-z0-9_]*' OR length(t.failure_code) NOT BETWEEN 1 AND 64",
        "Row {id} has a failure code that leadlog does not write.",
    ),
    Rule(
        "failure_message",
        "value",
        "t.outcome = 'success' AND (t.failure_message IS NOT NULL OR t.failure_field IS NOT NULL)"
        " OR t.outcome = 'failure' AND t.failure_message IS NULL",
        "Row {id} says why it failed, or does not, unlike its outcome.",
    ),
)

_BINDS_REQUEST: Final = (
    "length(t.request_digest) = 64 AND length(t.request_id) BETWEEN 1 AND 128"
    " AND t.request_id NOT GLOB '*[^A-Za-z0-9._:-]*'"
)
_HAS_LEAD: Final = "EXISTS (SELECT 1 FROM leads AS d WHERE d.log_id = t.id)"
PLAIN_ATTEMPT: Final = (
    "t.outcome = 'success'",
    "t.origin = 'submit'",
    "t.user_id <> 1",
    "t.failure_category IS NULL",
    "t.failure_code IS NULL",
    "t.failure_field IS NULL",
    "t.failure_message IS NULL",
    "t.duplicate_of IS NULL",
    "t.occurred_at = t.created_at",
    "t.late_for IS NULL",
    "t.duration_ms IS NULL",
    "t.admitted = 1",
    "t.policy_id IS NOT NULL",
    "t.used IS NOT NULL",
    f"(t.request_id IS NULL AND t.request_digest IS NULL OR {_BINDS_REQUEST})",
    "length(t.contact_hash) = 64",
    _HAS_LEAD,
)
"""What together makes an attempt a plain success, as most are: it breaks none of the rules."""
_ATTEMPTS: Final = Scan(
    tables.ATTEMPTS,
    "t.id",
    "lead_submission_logs AS t {scan}",
    "t.log_date",
    (
        *_OUTCOME,
        Rule(
            "failure_category",
            "value",
            f"t.failure_category NOT IN {CATEGORIES}",
            "Attempt {id} has a failure category that there is not.",
        ),
        Rule(
            "origin",
            "value",
            "t.origin <> 'submit' AND t.origin <> 'record'",
            "Attempt {id} was neither submitted nor recorded.",
        ),
        Rule(
            "contact_hash",
            "value",
            "length(t.contact_hash) <> 64",
            "Attempt {id} vouches for its contact with something that is no hash.",
        ),
        Rule(
            "failure_category",
            "value",
            "t.origin = 'submit'"
            " AND t.failure_category IN ('rejected', 'upstream', 'timeout', 'internal')",
            "Attempt {id} was submitted and failed in a way that is only ever recorded.",
        ),
        Rule(
            "user_id",
            "value",
            "t.user_id = 1 AND coalesce(t.failure_category, '')"
            " NOT IN ('malformed', 'unknown_user')"
            " OR t.user_id <> 1 AND t.origin = 'submit'"
            " AND t.failure_category IN ('malformed', 'unknown_user')",
            "Attempt {id} is of a user that its outcome rules out.",
        ),
        Rule(
            "policy_id",
            "decision",
            "(t.policy_id IS NULL) <> (t.origin = 'record' OR coalesce(t.failure_category, '')"
            " IN ('malformed', 'unknown_user', 'conflict'))"
            " OR (t.policy_id IS NULL) <> (t.used IS NULL)",
            "Attempt {id} names a limit where none is asked, or none where one is.",
        ),
        Rule(
            "admitted",
            "decision",
            "t.admitted <> (t.policy_id IS NOT NULL AND t.failure_category IS NOT 'rate_limited')",
            "Attempt {id} was admitted and refused by the limit at once, or neither.",
        ),
        Rule(
            "occurred_at",
            "value",
            "t.origin = 'submit' AND t.occurred_at <> t.created_at",
            "Attempt {id} was submitted at one time and occurred at another.",
        ),
        Rule(
            "late_for",
            "value",
            "t.origin = 'submit' AND t.late_for IS NOT NULL OR t.late_for = t.log_date",
            "Attempt {id} was late, which only a recorded one for an earlier date is.",
        ),
        Rule(
            "duration_ms",
            "value",
            "t.origin = 'submit' AND t.duration_ms IS NOT NULL",
            "Attempt {id} was submitted and has a duration, which is only ever recorded.",
        ),
        Rule("duration_ms", "value", "t.duration_ms < 0", "Attempt {id} took less than no time."),
        Rule(
            "request_id",
            "value",
            "t.request_id GLOB '*[^A-Za-z0-9._:-]*' OR length(t.request_id) NOT BETWEEN 1 AND 128",
            "Attempt {id} has a request id that leadlog does not take.",
        ),
        Rule(
            "request_digest",
            "value",
            "length(t.request_digest) <> 64"
            " OR t.request_id IS NULL AND t.request_digest IS NOT NULL"
            " OR t.request_id IS NOT NULL AND (t.outcome = 'success' OR t.origin = 'submit')"
            " AND (t.request_digest IS NOT NULL)"
            " <> (t.outcome = 'success' OR t.failure_category IS 'duplicate')",
            "Attempt {id} binds its request id, or does not, unlike its outcome.",
        ),
        Rule(
            "duplicate_of",
            "value",
            "(t.duplicate_of IS NOT NULL)"
            " <> (t.origin = 'submit' AND t.failure_category IS 'duplicate')",
            "Attempt {id} names an original, or does not, unlike its outcome.",
        ),
        Rule(
            "duplicate_of",
            "value",
            "t.duplicate_of IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leads AS d"
            " WHERE d.log_id = t.duplicate_of AND t.duplicate_of < t.id AND d.user_id = t.user_id"
            " AND d.page IS t.page AND d.contact_key IS"
            " (SELECT group_concat(k.contact_key) FROM contacts AS k WHERE k.log_id = t.id))",
            "Attempt {id} names an original that is not an earlier lead of the same user, contact"
            " and page.",
        ),
        Rule(
            "outcome",
            "missing",
            f"t.outcome = 'success' AND NOT {_HAS_LEAD}",
            "Attempt {id} was a success and has no lead.",
        ),
    ),
    plain=" AND ".join(PLAIN_ATTEMPT),
)
_CONTACTS: Final = Scan(
    "contacts",
    "t.log_id",
    "contacts AS t {scan} LEFT JOIN lead_submission_logs AS l ON l.id = t.log_id",
    "l.log_date",
    (
        Rule("log_id", "missing", "l.id IS NULL", "Contact {id} belongs to no attempt."),
        Rule(
            "payload",
            "value",
            "(t.payload IS NULL) <> (t.salt IS NULL)",
            "Contact {id} is half erased.",
        ),
        Rule(
            "contact_key",
            "value",
            "length(t.contact_key) <> 64",
            "Contact {id} has a key that is no hash.",
        ),
    ),
)
_REQUESTS: Final = Scan(
    tables.ATTEMPTS,
    "max(t.id)",
    "lead_submission_logs AS t",
    "t.log_date",
    (
        Rule(
            "request_id",
            "value",
            "t.request_digest IS NOT NULL GROUP BY t.user_id, t.request_id HAVING count(*) > 1",
            "Attempt {id} binds a request id that another one of its user binds.",
        ),
    ),
)
_LEADS: Final = Scan(
    tables.LEADS,
    "t.id",
    "leads AS t {scan} LEFT JOIN lead_submission_logs AS l ON l.id = t.log_id"
    " LEFT JOIN contacts AS k ON k.log_id = t.log_id",
    "l.log_date",
    (
        Rule(
            "log_id",
            "missing",
            "l.id IS NULL OR l.outcome <> 'success'",
            "Lead {id} comes from an attempt that was no success.",
        ),
        *(
            Rule(
                column,
                "value",
                f"l.id IS NOT NULL AND t.{column} IS NOT {other}",
                f"Lead {{id}} has another {column} than its attempt.",
            )
            for column, other in (
                ("user_id", "l.user_id"),
                ("source", "l.source"),
                ("page", "l.page"),
                ("lead_date", "l.log_date"),
                ("created_at", "l.created_at"),
                ("contact_key", "k.contact_key"),
            )
        ),
    ),
)
_CORRECTIONS: Final = Scan(
    tables.CORRECTIONS,
    "t.id",
    "submission_corrections AS t LEFT JOIN lead_submission_logs AS l ON l.id = t.log_id"
    " LEFT JOIN daily_analysis_snapshots AS s ON s.snapshot_date = t.log_date",
    "t.log_date",
    (
        *_OUTCOME,
        Rule("log_id", "missing", "l.id IS NULL", "Correction {id} is of no attempt."),
        Rule(
            "log_date",
            "closed",
            "t.id > s.last_correction_id",
            "Correction {id} was added to a date after that date was closed.",
        ),
    ),
)
_USERS: Final = Scan(
    tables.USERS,
    "t.id",
    "users AS t",
    None,
    (
        Rule(
            "handle",
            "value",
            "(t.id = 1) <> (t.handle = 'unknown') OR length(t.handle) NOT BETWEEN 1 AND 128"
            " OR t.handle GLOB '*[^A-Za-z0-9._@+-]*' OR t.handle NOT GLOB '[A-Za-z0-9]*'",
            "User {id} has a handle that leadlog does not give.",
        ),
    ),
)
_LIMITS: Final = Scan(
    tables.LIMIT_CHANGES,
    "t.id",
    "rate_limit_changes AS t LEFT JOIN users AS u ON u.id = t.user_id",
    None,
    (
        Rule(
            "user_id",
            "value",
            "t.user_id IS NOT NULL AND (u.id IS NULL OR u.id = 1 OR t.id = 1)",
            "Limit change {id} is of nobody who has a limit.",
        ),
        Rule(
            "max_attempts",
            "value",
            "(t.max_attempts IS NULL) <> (t.window_seconds IS NULL)"
            " OR t.user_id IS NULL AND t.max_attempts IS NULL",
            "Limit change {id} is half a limit, or takes the default away.",
        ),
    ),
)
_ERASURES: Final = Scan(
    tables.ERASURES,
    "t.id",
    "erasures AS t",
    "t.log_date",
    (
        Rule(
            "last_log_id",
            "value",
            "t.last_log_id > (SELECT coalesce(max(id), 0) FROM lead_submission_logs)"
            " OR t.last_log_id < 0",
            "Erasure {id} covers attempts that are not there.",
        ),
        Rule(
            "contacts_erased",
            "value",
            "t.contacts_erased NOT BETWEEN 0 AND t.last_log_id",
            "Erasure {id} erased more contacts than there were.",
        ),
    ),
)

SCANS: Final = (
    _ATTEMPTS,
    _REQUESTS,
    _LEADS,
    _CONTACTS,
    _CORRECTIONS,
    _USERS,
    _LIMITS,
    _ERASURES,
)
