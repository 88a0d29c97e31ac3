"""What leadlog opens, what it refuses to touch, and what it makes."""

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
from fakes import FakeClock

import leadlog
from leadlog.errors import LeadlogError
from leadlog.storage.sqlite import SqliteStore

FILES = ("", "-wal", "-journal")


def sums(path: Path) -> dict[str, str]:
    """Return the SHA-256 of a database and of what belongs to it, where there is any."""
    contents = {}
    for suffix in FILES:
        with suppress(OSError):
            contents[suffix] = Path(f"{path}{suffix}").read_bytes()
    return {
        suffix: hashlib.sha256(content).hexdigest()
        for suffix, content in contents.items()
        if content
    }


def refusal(path: Path, *, create: bool = False) -> LeadlogError:
    """Open a path that must be refused, without and with writing, and return the error."""
    before = sums(path)
    errors = []
    for writable in (False, True):
        with pytest.raises(LeadlogError) as caught:
            leadlog.open(path, create=create, clock=FakeClock(), writable=writable)
        errors.append(caught.value)
    assert errors[0].message == errors[1].message
    assert sums(path) == before
    assert errors[0].message.endswith(".")
    assert "\n" not in errors[0].message
    return errors[0]


# What is refused


@pytest.mark.parametrize("create", [False, True])
def test_a_text_file_is_refused_and_left_alone(tmp_path: Path, *, create: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 200)

    error = refusal(path, create=create)

    assert error.kind == "unusable"
    assert "is not a SQLite database" in error.message


@pytest.mark.parametrize("create", [False, True])
def test_an_empty_file_is_refused_and_left_empty(tmp_path: Path, *, create: bool) -> None:
    path = tmp_path / "leads.db"
    path.touch()

    error = refusal(path, create=create)

    assert error.kind == "unusable"
    assert "is empty" in error.message
    assert path.stat().st_size == 0


@pytest.mark.parametrize("create", [False, True])
def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path, *, create: bool) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, handle TEXT)")

    error = refusal(path, create=create)

    assert error.kind == "unusable"
    assert "not one of leadlog's" in error.message


def test_somebody_elses_unfinished_write_ahead_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    script = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('PRAGMA journal_mode = wal')\n"
        "c.execute('CREATE TABLE t (x)')\n"
        "c.execute('INSERT INTO t VALUES (1)')\n"
        "os._exit(0)\n"  # as if killed: nothing is checkpointed
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name("other.db-wal").stat().st_size > 0

    error = refusal(path)

    assert error.kind == "unusable"
    assert "not one of leadlog's" in error.message


def test_a_newer_schema_is_refused_and_left_alone(log: leadlog.Leadlog, database: Path) -> None:
    log.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 99")

    error = refusal(database)

    assert error.kind == "unusable"
    assert "newer leadlog (schema 99)" in error.message
    assert "Update leadlog" in (error.hint or "")


def test_an_unfinished_schema_is_refused(log: leadlog.Leadlog, database: Path) -> None:
    log.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 0")

    error = refusal(database)

    assert error.kind == "unusable"
    assert "unfinished (schema 0)" in error.message


@pytest.mark.parametrize("create", [False, True])
def test_a_symbolic_link_is_not_followed(
    log: leadlog.Leadlog, database: Path, tmp_path: Path, *, create: bool
) -> None:
    log.close()
    link = tmp_path / "link.db"
    link.symlink_to(database)

    error = refusal(link, create=create)

    assert error.kind == "unusable"
    assert "is a symbolic link" in error.message
    assert link.is_symlink()


@pytest.mark.parametrize("create", [False, True])
def test_a_dangling_symbolic_link_is_not_followed(tmp_path: Path, *, create: bool) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(tmp_path / "target.db")

    error = refusal(link, create=create)

    assert error.kind == "unusable"
    assert not (tmp_path / "target.db").exists()


def test_a_symbolic_link_to_the_folder_is_followed(
    log: leadlog.Leadlog, database: Path, tmp_path: Path, clock: FakeClock
) -> None:
    link = tmp_path / "elsewhere"
    link.symlink_to(tmp_path, target_is_directory=True)

    with leadlog.open(link / database.name, clock=clock) as other:
        other.submit(user="site-form", name="Ada", email="ada@example.org")

    assert log.last_attempt_id() == 1
    assert log.info().path == str(database.resolve())


@pytest.mark.parametrize("create", [False, True])
def test_a_folder_is_refused(tmp_path: Path, *, create: bool) -> None:
    error = refusal(tmp_path, create=create)

    assert error.kind == "unusable"
    assert "is not a file" in error.message


def test_a_device_is_refused() -> None:
    with pytest.raises(LeadlogError, match="is not a file") as caught:
        leadlog.open("/dev/null")

    assert caught.value.kind == "unusable"


def test_a_missing_file_is_not_found_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"

    error = refusal(path)

    assert error.kind == "not_found"
    assert error.message == f"There is no leadlog database at {path}."
    assert error.hint == "Create it with: leadlog init"
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_not_found_and_not_made(tmp_path: Path) -> None:
    error = refusal(tmp_path / "missing" / "leads.db")

    assert error.kind == "not_found"
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    found = refusal(tmp_path / "file" / "leads.db")
    with pytest.raises(LeadlogError) as caught:
        leadlog.open(tmp_path / "file" / "leads.db", create=True)

    assert found.kind == "not_found"
    assert caught.value.kind == "unusable"


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path / ("a" * 300))

    assert error.kind == "unusable"


def test_a_truncated_database_is_refused_and_left_alone(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.write_bytes(database.read_bytes()[:50])

    error = refusal(database)

    assert error.kind == "unusable"


def test_a_database_cut_in_the_middle_is_refused_and_never_repaired(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = database.read_bytes()
    database.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    error = refusal(database)

    assert error.kind == "unusable"
    assert "Do not repair or recreate the file" in (error.hint or "")


# Permissions


_AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]

_TRY = """
import sys
import leadlog
try:
    with leadlog.open(sys.argv[1], create=sys.argv[2] == "create") as log:
        if sys.argv[2] == "write":
            log.submit(user="site-form", name="Ada", email="ada@example.org")
        print("ok", log.last_attempt_id())
except leadlog.LeadlogError as error:
    print(error.kind, error.message, error.hint)
"""


def unprivileged(path: Path, what: str) -> str:
    """Open a database in a process that permissions bind, even if the tests run as root."""
    command = [sys.executable, "-c", _TRY, str(path), what]
    if os.geteuid() == 0:
        command = _AS_ANYBODY + command
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.strip()


def test_a_read_only_file_can_be_read(log: leadlog.Leadlog, database: Path) -> None:
    log.submit(user="site-form", name="Ada", email="ada@example.org")
    log.close()
    database.chmod(0o400)

    assert unprivileged(database, "read") == "ok 1"


def test_a_read_only_file_takes_no_attempt_and_stays_as_it_is(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.close()
    database.chmod(0o400)
    before = sums(database)

    said = unprivileged(database, "write")

    assert said.startswith("unusable")
    assert "can't be written" in said
    assert sums(database) == before


def test_an_unreadable_file_is_refused(log: leadlog.Leadlog, database: Path) -> None:
    log.close()
    database.chmod(0)

    said = unprivileged(database, "read")

    assert said.startswith(f"unusable The file {database} can't be opened.")


def test_a_folder_that_can_not_be_searched_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(0o000)

    said = unprivileged(folder / "leads.db", "read")

    folder.chmod(0o700)
    assert said.startswith("unusable")
    assert "Permission denied" in said


def test_a_folder_that_can_not_be_written_gets_no_database(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(0o500)

    said = unprivileged(folder / "leads.db", "create")

    folder.chmod(0o700)
    assert said.startswith("unusable")
    assert list(folder.iterdir()) == []


def test_a_read_only_folder_without_a_write_ahead_log_says_what_to_do(
    log: leadlog.Leadlog, database: Path, tmp_path: Path
) -> None:
    log.close()
    for suffix in ("-wal", "-shm"):
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT 1 FROM users").fetchall()
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    tmp_path.chmod(0o500)

    said = unprivileged(database, "read")

    tmp_path.chmod(0o700)
    assert said.startswith(f"unusable The file {database} can't be opened.")
    assert "leadlog backup" in said


def test_a_lock_file_that_can_not_be_opened_is_one_sentence(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.close()
    lock = database.with_name("leads.db.lock")
    lock.unlink()
    lock.symlink_to("/dev/null")

    with leadlog.open(database) as other, pytest.raises(LeadlogError) as caught:
        other.submit(user="site-form", name="Ada", email="ada@example.org")

    assert caught.value.kind == "unusable"
    assert "lock file" in caught.value.message


# What is made


@pytest.mark.parametrize(
    "name",
    [
        "with space.db",
        "what?.db",
        "a#b.db",
        "100%.db",
        "%41.db",
        "a?mode=memory",
        "a&b=c.db",
        "file:x.db",
        "ümläut.db",
        "'quote\".db",
        ":memory:",
        "-dash.db",
    ],
)
def test_a_name_with_signs_of_a_url_is_a_name(tmp_path: Path, clock: FakeClock, name: str) -> None:
    path = tmp_path / name

    with leadlog.open(path, create=True, clock=clock) as log:
        log.add_user("site-form")
        receipt = log.submit(user="site-form", name="Ada", email="ada@example.org")

    left = {file.name.removesuffix("-wal").removesuffix("-shm") for file in tmp_path.iterdir()}
    assert receipt.ok
    assert left == {name, f"{name}.lock"}


def test_a_relative_path_stays_where_it_was_when_the_folder_changes(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path)
    with leadlog.open("leads.db", create=True, clock=clock) as log:
        log.add_user("site-form")
        monkeypatch.chdir(tmp_path / "other")

        log.submit(user="site-form", name="Ada", email="ada@example.org")

    assert list((tmp_path / "other").iterdir()) == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_file_that_is_made_is_for_its_owner_alone(
    log: leadlog.Leadlog, database: Path, tmp_path: Path
) -> None:
    log.submit(user="site-form", name="Ada", email="ada@example.org")

    modes = {file.name: mode(file) for file in tmp_path.iterdir()}

    assert set(modes.values()) == {0o600}
    assert database.name in modes


def test_every_folder_that_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    leadlog.open(tmp_path / "a" / "b" / "leads.db", create=True).close()

    assert (mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o700, 0o700)


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)

    leadlog.open(folder / "leads.db", create=True).close()

    assert mode(folder) == 0o755


def test_what_a_killed_creation_left_is_cleared_away(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "leads.db"
    for suffix in (".unfinished", ".unfinished-wal", ".unfinished-shm"):
        path.with_name(path.name + suffix).write_bytes(b"half")

    leadlog.open(path, create=True, clock=clock).close()

    assert [file.name for file in tmp_path.iterdir() if "unfinished" in file.name] == []


def test_creating_again_opens_what_is_there(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    log.submit(user="site-form", name="Ada", email="ada@example.org")

    with leadlog.open(database, create=True, clock=clock, timezone="Europe/Berlin") as again:
        assert again.last_attempt_id() == 1
        assert again.zone.name == "UTC"


def test_a_time_zone_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(LeadlogError, match="no time zone") as caught:
        leadlog.open(tmp_path / "leads.db", create=True, timezone="Mars/Olympus")

    assert caught.value.kind == "usage"
    assert list(tmp_path.iterdir()) == []


def settings_of(connection: sqlite3.Connection) -> dict[str, object]:
    names = (
        *("journal_mode", "synchronous", "foreign_keys"),
        *("recursive_triggers", "trusted_schema", "wal_autocheckpoint"),
    )
    return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}


def test_the_writing_connection_has_every_setting_it_relies_on(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    assert log.last_attempt_id() == 0
    with closing(SqliteStore(str(database), clock, 1, writable=True)) as store:
        writer = store._writer
        assert writer is not None

        assert settings_of(writer) == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "recursive_triggers": 1,
            "trusted_schema": 0,
            "wal_autocheckpoint": 0,
        }


def test_the_reading_connection_can_not_write(log: leadlog.Leadlog) -> None:
    reader: sqlite3.Connection = log._store._reader  # type: ignore[attr-defined]

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("PRAGMA user_version = 7")

    assert settings_of(reader)["trusted_schema"] == 0


def test_a_database_in_another_journal_mode_is_brought_back_to_wal(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    log.close()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = delete")

    with closing(SqliteStore(str(database), clock, 1, writable=True)) as store:
        assert store._writer is not None
        assert settings_of(store._writer)["journal_mode"] == "wal"


def test_a_log_closes_twice_without_a_word(log: leadlog.Leadlog) -> None:
    log.close()

    log.close()
