"""Every table, constraint, trigger, index and view of the first version."""

from sqlite_utils import Database

_TIME = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]Z'"
_DATE = "GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"
_CATEGORIES = (
    "malformed",
    "validation",
    "unknown_user",
    "rate_limited",
    "duplicate",
    "conflict",
    "rejected",
    "upstream",
    "timeout",
    "internal",
)
# For IN with more than two values SQLite makes a table of them at each insert, which takes longer
# than all other checks of an attempt together.
_IS_CATEGORY = " OR ".join(f"failure_category = '{category}'" for category in _CATEGORIES)
_FAILURE = f"""
    outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
    failure_category TEXT CHECK ({_IS_CATEGORY}),
    failure_code TEXT,
    failure_field TEXT,
    failure_message TEXT,"""
_FAILURE_CHECK = """
    CHECK ((outcome = 'failure') = (failure_category IS NOT NULL)),
    CHECK ((failure_category IS NULL) = (failure_code IS NULL)),
    CHECK (outcome = 'failure' OR (failure_field IS NULL AND failure_message IS NULL))"""
_HEAD = f"""
    id INTEGER NOT NULL PRIMARY KEY CHECK (id > 0),
    created_at TEXT NOT NULL CHECK (created_at {_TIME}),"""
_TAIL = """
    prev_hash TEXT NOT NULL CHECK (length(prev_hash) = 64),
    hash TEXT NOT NULL CHECK (length(hash) = 64)"""

_TABLES = f"""
CREATE TABLE settings ({_HEAD}
    key TEXT NOT NULL,
    value TEXT NOT NULL,{_TAIL}
) STRICT;

CREATE TABLE users ({_HEAD}
    handle TEXT NOT NULL UNIQUE,
    created_date TEXT NOT NULL CHECK (created_date {_DATE}),{_TAIL}
) STRICT;

CREATE TABLE rate_limit_changes ({_HEAD}
    user_id INTEGER REFERENCES users (id),
    max_attempts INTEGER CHECK (max_attempts >= 0),
    window_seconds INTEGER CHECK (window_seconds > 0),
    reason TEXT,
    change_date TEXT NOT NULL CHECK (change_date {_DATE}),{_TAIL},
    CHECK ((max_attempts IS NULL) = (window_seconds IS NULL)),
    CHECK (user_id IS NOT NULL OR max_attempts IS NOT NULL)
) STRICT;

CREATE TABLE lead_submission_logs ({_HEAD}
    user_id INTEGER NOT NULL REFERENCES users (id),
    origin TEXT NOT NULL CHECK (origin IN ('submit', 'record')),
    occurred_at TEXT NOT NULL CHECK (occurred_at {_TIME}),
    log_date TEXT NOT NULL CHECK (log_date {_DATE}),
    late_for TEXT CHECK (late_for {_DATE}),{_FAILURE}
    source TEXT,
    page TEXT,
    request_id TEXT,
    request_digest TEXT,
    duplicate_of INTEGER REFERENCES lead_submission_logs (id),
    admitted INTEGER NOT NULL CHECK (admitted IN (0, 1)),
    policy_id INTEGER REFERENCES rate_limit_changes (id),
    used INTEGER CHECK (used >= 0),
    logical_us INTEGER NOT NULL CHECK (logical_us BETWEEN 0 AND 4611686018427387904),
    duration_ms INTEGER CHECK (duration_ms >= 0),
    context TEXT,
    contact_hash TEXT NOT NULL CHECK (length(contact_hash) = 64),{_TAIL},{_FAILURE_CHECK},
    CHECK ((policy_id IS NULL) = (used IS NULL)),
    CHECK (admitted = 0 OR policy_id IS NOT NULL),
    CHECK (request_digest IS NULL OR request_id IS NOT NULL)
) STRICT;

CREATE TABLE leads ({_HEAD}
    log_id INTEGER NOT NULL UNIQUE REFERENCES lead_submission_logs (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    source TEXT,
    page TEXT,
    contact_key TEXT NOT NULL CHECK (length(contact_key) = 64),
    lead_date TEXT NOT NULL CHECK (lead_date {_DATE}),{_TAIL}
) STRICT;

CREATE TABLE submission_corrections ({_HEAD}
    log_id INTEGER NOT NULL REFERENCES lead_submission_logs (id),{_FAILURE}
    reason TEXT NOT NULL,
    log_date TEXT NOT NULL CHECK (log_date {_DATE}),{_TAIL},{_FAILURE_CHECK}
) STRICT;

CREATE TABLE erasures ({_HEAD}
    contact_key TEXT CHECK (length(contact_key) = 64),
    log_id INTEGER REFERENCES lead_submission_logs (id),
    before_date TEXT CHECK (before_date {_DATE}),
    last_log_id INTEGER NOT NULL,
    contacts_erased INTEGER NOT NULL CHECK (contacts_erased >= 0),
    reason TEXT NOT NULL,
    log_date TEXT NOT NULL CHECK (log_date {_DATE}),{_TAIL},
    CHECK ((contact_key IS NOT NULL) + (log_id IS NOT NULL) + (before_date IS NOT NULL) = 1)
) STRICT;

CREATE TABLE daily_analysis_snapshots ({_HEAD}
    snapshot_date TEXT NOT NULL UNIQUE CHECK (snapshot_date {_DATE}),
    starts_at TEXT NOT NULL CHECK (starts_at {_TIME}),
    ends_at TEXT NOT NULL CHECK (ends_at {_TIME}),
    attempts INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    metrics TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    log_digest TEXT NOT NULL CHECK (length(log_digest) = 64),
    last_log_id INTEGER NOT NULL,
    last_correction_id INTEGER NOT NULL,
    tzdata_version TEXT NOT NULL,{_TAIL},
    CHECK (attempts = successes + failures)
) STRICT;

CREATE TABLE daily_analysis_reports ({_HEAD}
    report_date TEXT NOT NULL CHECK (report_date {_DATE}),
    version INTEGER NOT NULL CHECK (version > 0),
    provisional INTEGER NOT NULL CHECK (provisional IN (0, 1)),
    inputs TEXT NOT NULL,
    snapshot_sha256 TEXT NOT NULL CHECK (length(snapshot_sha256) = 64),
    engine TEXT NOT NULL,
    model TEXT,
    parameters TEXT,
    prompt TEXT,
    reply TEXT,
    analysis TEXT NOT NULL,
    withheld TEXT NOT NULL,
    tokens INTEGER,
    cost TEXT,
    duration_ms INTEGER,{_TAIL},
    UNIQUE (report_date, version)
) STRICT;

CREATE TABLE analysis_runs ({_HEAD}
    run_id TEXT NOT NULL,
    report_date TEXT NOT NULL CHECK (report_date {_DATE}),
    engine TEXT NOT NULL,
    model TEXT,
    event TEXT NOT NULL CHECK (event IN ('started', 'succeeded', 'failed', 'abandoned')),
    detail TEXT,{_TAIL}
) STRICT;

CREATE TABLE contacts (
    log_id INTEGER NOT NULL PRIMARY KEY REFERENCES lead_submission_logs (id),
    contact_key TEXT CHECK (length(contact_key) = 64),
    payload TEXT,
    salt BLOB,
    CHECK ((payload IS NULL) = (salt IS NULL))
) STRICT;

CREATE TABLE user_rate_limits (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    policy_id INTEGER NOT NULL REFERENCES rate_limit_changes (id),
    used INTEGER NOT NULL CHECK (used >= 0),
    last_log_id INTEGER NOT NULL REFERENCES lead_submission_logs (id),
    updated_at TEXT NOT NULL CHECK (updated_at {_TIME})
) STRICT;

CREATE TABLE secrets (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    secret BLOB NOT NULL CHECK (length(secret) = 32)
) STRICT;
"""

_INDEXES = """
CREATE INDEX settings_by_key ON settings (key, id);
CREATE INDEX limits_by_user ON rate_limit_changes (user_id, id);
CREATE INDEX attempts_by_date ON lead_submission_logs (log_date);
CREATE INDEX attempts_in_window
    ON lead_submission_logs (user_id, logical_us, admitted) WHERE admitted = 1;
CREATE INDEX attempts_by_failure
    ON lead_submission_logs (failure_category, failure_code, log_date) WHERE outcome = 'failure';
CREATE UNIQUE INDEX attempts_by_request
    ON lead_submission_logs (user_id, request_id) WHERE request_digest IS NOT NULL;
CREATE INDEX attempts_late ON lead_submission_logs (late_for) WHERE late_for IS NOT NULL;
CREATE INDEX leads_by_contact ON leads (user_id, substr(contact_key, 1, 16), page);
CREATE INDEX leads_masked ON leads (user_id, substr(contact_key, 1, 16))
    WHERE instr(page, '<') > 0;
CREATE INDEX contacts_by_key ON contacts (substr(contact_key, 1, 16))
    WHERE contact_key IS NOT NULL;
CREATE INDEX corrections_by_attempt ON submission_corrections (log_id, id);
CREATE INDEX corrections_by_date ON submission_corrections (log_date);
CREATE INDEX runs_by_date ON analysis_runs (report_date, id);
"""

# REPLACE deletes without firing a DELETE trigger unless the client turned recursive_triggers on,
# so what stops it is the check before the insert: the next id, the last hash, no key that exists.
_APPEND_ONLY = """
CREATE TRIGGER {table}_append BEFORE INSERT ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} is append-only: a row takes the next id and the last hash')
    WHERE NEW.id IS NOT (SELECT coalesce(max(id), 0) + 1 FROM {table})
       OR (NEW.id > 1 AND NEW.prev_hash IS NOT (SELECT hash FROM {table} WHERE id = NEW.id - 1));
END;
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} is append-only: rows do not change');
END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} is append-only: rows are not deleted');
END;
"""
_CHAINED = (
    "settings",
    "users",
    "rate_limit_changes",
    "lead_submission_logs",
    "leads",
    "submission_corrections",
    "erasures",
    "daily_analysis_snapshots",
    "daily_analysis_reports",
    "analysis_runs",
)

_RULES = """
CREATE TRIGGER users_unique BEFORE INSERT ON users
WHEN EXISTS (SELECT 1 FROM users WHERE handle = NEW.handle) BEGIN
    SELECT RAISE(ABORT, 'users: this handle exists');
END;

CREATE TRIGGER lead_submission_logs_unique BEFORE INSERT ON lead_submission_logs
WHEN NEW.request_digest IS NOT NULL AND EXISTS (
    SELECT 1 FROM lead_submission_logs
    WHERE user_id = NEW.user_id AND request_id = NEW.request_id AND request_digest IS NOT NULL
) BEGIN
    SELECT RAISE(ABORT, 'lead_submission_logs: this request id is bound');
END;

CREATE TRIGGER lead_submission_logs_closed BEFORE INSERT ON lead_submission_logs
WHEN EXISTS (SELECT 1 FROM daily_analysis_snapshots WHERE snapshot_date = NEW.log_date) BEGIN
    SELECT RAISE(ABORT, 'lead_submission_logs: this date is closed');
END;

CREATE TRIGGER submission_corrections_closed BEFORE INSERT ON submission_corrections
WHEN EXISTS (SELECT 1 FROM daily_analysis_snapshots WHERE snapshot_date = NEW.log_date) BEGIN
    SELECT RAISE(ABORT, 'submission_corrections: this date is closed');
END;

CREATE TRIGGER leads_of_success BEFORE INSERT ON leads
WHEN NEW.log_id <= (SELECT log_id FROM leads ORDER BY id DESC LIMIT 1) OR NOT EXISTS (
    SELECT 1 FROM lead_submission_logs
    WHERE id = NEW.log_id AND outcome = 'success' AND user_id = NEW.user_id
) BEGIN
    SELECT RAISE(ABORT, 'leads: one lead for one successful attempt');
END;

CREATE TRIGGER daily_analysis_snapshots_unique BEFORE INSERT ON daily_analysis_snapshots
WHEN EXISTS (SELECT 1 FROM daily_analysis_snapshots WHERE snapshot_date = NEW.snapshot_date) BEGIN
    SELECT RAISE(ABORT, 'daily_analysis_snapshots: this date is closed');
END;

CREATE TRIGGER daily_analysis_reports_unique BEFORE INSERT ON daily_analysis_reports
WHEN EXISTS (
    SELECT 1 FROM daily_analysis_reports
    WHERE report_date = NEW.report_date AND version = NEW.version
) BEGIN
    SELECT RAISE(ABORT, 'daily_analysis_reports: this version exists');
END;

CREATE TRIGGER contacts_with_attempt BEFORE INSERT ON contacts
WHEN NEW.payload IS NULL OR NEW.log_id <= (SELECT coalesce(max(log_id), 0) FROM contacts)
    OR NOT EXISTS (SELECT 1 FROM lead_submission_logs WHERE id = NEW.log_id) BEGIN
    SELECT RAISE(ABORT, 'contacts: a contact is stored with its attempt, once');
END;
CREATE TRIGGER contacts_erased BEFORE UPDATE ON contacts
WHEN NEW.payload IS NOT NULL OR NEW.salt IS NOT NULL
    OR NEW.log_id IS NOT OLD.log_id OR NEW.contact_key IS NOT OLD.contact_key
    OR NOT EXISTS (
        SELECT 1 FROM erasures
        WHERE OLD.log_id <= last_log_id AND (
            contact_key = OLD.contact_key OR log_id = OLD.log_id OR before_date > (
                SELECT log_date FROM lead_submission_logs WHERE id = OLD.log_id
            )
        )
    ) BEGIN
    SELECT RAISE(ABORT, 'contacts: the only change is an erasure that was logged');
END;
CREATE TRIGGER contacts_no_delete BEFORE DELETE ON contacts BEGIN
    SELECT RAISE(ABORT, 'contacts: rows are not deleted');
END;

CREATE TRIGGER user_rate_limits_insert BEFORE INSERT ON user_rate_limits
WHEN EXISTS (SELECT 1 FROM user_rate_limits WHERE user_id = NEW.user_id) OR NOT EXISTS (
    SELECT 1 FROM lead_submission_logs
    WHERE id = NEW.last_log_id AND user_id = NEW.user_id AND policy_id = NEW.policy_id
        AND used = NEW.used AND created_at = NEW.updated_at
) BEGIN
    SELECT RAISE(ABORT, 'user_rate_limits: the state is what the log says');
END;
CREATE TRIGGER user_rate_limits_update BEFORE UPDATE ON user_rate_limits
WHEN NEW.user_id IS NOT OLD.user_id OR NEW.last_log_id <= OLD.last_log_id OR NOT EXISTS (
    SELECT 1 FROM lead_submission_logs
    WHERE id = NEW.last_log_id AND user_id = NEW.user_id AND policy_id = NEW.policy_id
        AND used = NEW.used AND created_at = NEW.updated_at
) BEGIN
    SELECT RAISE(ABORT, 'user_rate_limits: the state is what the log says');
END;
CREATE TRIGGER user_rate_limits_no_delete BEFORE DELETE ON user_rate_limits BEGIN
    SELECT RAISE(ABORT, 'user_rate_limits: rows are not deleted');
END;

CREATE TRIGGER secrets_once BEFORE INSERT ON secrets
WHEN EXISTS (SELECT 1 FROM secrets) BEGIN
    SELECT RAISE(ABORT, 'secrets: there is one, and it stays');
END;
CREATE TRIGGER secrets_no_update BEFORE UPDATE ON secrets BEGIN
    SELECT RAISE(ABORT, 'secrets: there is one, and it stays');
END;
CREATE TRIGGER secrets_no_delete BEFORE DELETE ON secrets BEGIN
    SELECT RAISE(ABORT, 'secrets: there is one, and it stays');
END;
"""

_VIEWS = """
CREATE VIEW effective_attempts AS
SELECT l.id, l.created_at, l.user_id, l.origin, l.occurred_at, l.log_date, l.late_for,
    CASE WHEN c.id IS NULL THEN l.outcome ELSE c.outcome END AS outcome,
    CASE WHEN c.id IS NULL THEN l.failure_category ELSE c.failure_category END AS failure_category,
    CASE WHEN c.id IS NULL THEN l.failure_code ELSE c.failure_code END AS failure_code,
    CASE WHEN c.id IS NULL THEN l.failure_field ELSE c.failure_field END AS failure_field,
    CASE WHEN c.id IS NULL THEN l.failure_message ELSE c.failure_message END AS failure_message,
    l.source, l.page, l.request_id, l.duplicate_of, l.admitted, l.policy_id, l.used,
    l.logical_us, l.duration_ms, l.hash, c.id AS correction_id
FROM lead_submission_logs AS l
LEFT JOIN submission_corrections AS c
    ON c.id = (SELECT max(id) FROM submission_corrections WHERE log_id = l.id);

CREATE VIEW attempt_details AS
SELECT e.id AS attempt, u.handle AS user, e.origin, e.log_date, e.created_at, e.occurred_at,
    e.late_for, e.outcome, e.failure_category, e.failure_code, e.failure_field, e.failure_message,
    e.source, e.page, e.request_id, e.duplicate_of, e.duration_ms, d.id AS lead,
    k.payload AS contact, e.correction_id, e.hash
FROM effective_attempts AS e
JOIN users AS u ON u.id = e.user_id
LEFT JOIN leads AS d ON d.log_id = e.id
LEFT JOIN contacts AS k ON k.log_id = e.id;

CREATE VIEW lead_details AS
SELECT d.id AS lead, d.log_id AS attempt, u.handle AS user, d.lead_date, d.created_at, d.source,
    d.page, k.payload AS contact, e.outcome = 'failure' AS revoked, d.hash
FROM leads AS d
JOIN effective_attempts AS e ON e.id = d.log_id
JOIN users AS u ON u.id = d.user_id
LEFT JOIN contacts AS k ON k.log_id = d.log_id;
"""


def apply(db: Database) -> None:
    """Make the first version's schema in an empty database."""
    triggers = "".join(_APPEND_ONLY.format(table=table) for table in _CHAINED)
    for statement in _statements(_TABLES + _INDEXES + triggers + _RULES + _VIEWS):
        db.conn.execute(statement)


def _statements(script: str) -> list[str]:
    """Split a script; `executescript` would commit the transaction this runs in."""
    from sqlite3 import complete_statement

    statements, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    return statements
