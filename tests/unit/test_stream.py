"""Many records: reading lines, committing groups, counting what became of them."""

import fcntl
import json
import os
import threading
import time
import tracemalloc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import rows
from fakes import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

import leadlog
from leadlog import stream, tables
from leadlog.clock import Clock
from leadlog.limits import Limit
from leadlog.model import Origin
from leadlog.stream import Counter, LineReader, LineResult, RawLine, Totals


def line(number: int, **more: Any) -> bytes:
    record = {"user": "site-form", "name": f"P {number}", "email": f"p{number}@example.org"}
    return json.dumps({**record, **more}).encode()


def raw(*contents: bytes) -> list[RawLine]:
    return [RawLine(content, len(content)) for content in contents]


def submitted(log: leadlog.Leadlog, *groups: Sequence[RawLine]) -> list[LineResult]:
    return flat(log.append_stream("submit", groups))


def flat(committed: Iterable[Sequence[LineResult]]) -> list[LineResult]:
    return [result for results in committed for result in results]


def outcomes(results: Sequence[LineResult]) -> list[str | None]:
    """Return each line's failure code, `ok`, `replayed`, or None for a blank one."""
    return [
        None
        if result.receipt is None
        else "replayed"
        if result.receipt.replayed
        else result.receipt.failure.code
        if result.receipt.failure
        else "ok"
        for result in results
    ]


# Appending


def test_every_line_has_a_result_in_its_order(log: leadlog.Leadlog) -> None:
    results = submitted(log, raw(line(1), line(2)), raw(line(3)))

    assert [result.line for result in results] == [1, 2, 3]
    assert [result.receipt.attempt for result in results if result.receipt] == [1, 2, 3]
    assert outcomes(results) == ["ok", "ok", "ok"]


def test_a_blank_line_is_counted_and_is_no_attempt(log: leadlog.Leadlog) -> None:
    results = submitted(log, raw(b"", line(1), b" \t\r"))

    assert outcomes(results) == [None, "ok", None]
    assert [result.line for result in results] == [1, 2, 3]
    assert log.last_attempt_id() == 1


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"{", "invalid_json"),
        (b"[]", "not_an_object"),
        (b'{"user": "site-form", "user": "x"}', "duplicate_key"),
        (b'{"a": NaN}', "invalid_json"),
        (b'{"a": 1e999}', "number_out_of_range"),
        (b'{"a": 9223372036854775808}', "number_out_of_range"),
        (b"\xff{}", "invalid_utf8"),
        (b'{"name": "\\ud800"}', "invalid_text"),
        (b'{"name": "\\u0000"}', "invalid_text"),
        (b"[" * 60_000, "nested_too_deep"),
        (b" " * 70_000 + b"{}", "line_too_long"),
        (b"\xef\xbb\xbf" + line(9), "invalid_json"),
        (line(9, email="nothing"), "invalid_email"),
        (line(9, user="nobody"), "unknown_user"),
    ],
)
def test_one_bad_line_never_spoils_its_neighbours(
    log: leadlog.Leadlog, bad: bytes, code: str
) -> None:
    results = submitted(log, raw(line(1), bad, line(2)))

    assert outcomes(results) == ["ok", code, "ok"]
    assert [result.failed for result in results] == [False, True, False]


def test_a_malformed_lines_beginning_is_kept_in_its_contact_only(
    log: leadlog.Leadlog, database: Path
) -> None:
    submitted(log, raw(b'{"name": "Ada Lovelace", oops'))

    assert log.attempt(1).contact == {"line": '{"name": "Ada Lovelace", oops'}
    assert "Ada" not in repr(rows.content(database, tables.ATTEMPTS))


def test_a_byte_order_mark_is_taken_off_the_first_line_only(log: leadlog.Leadlog) -> None:
    marked = b"\xef\xbb\xbf" + line(1)

    results = submitted(log, raw(marked), raw(b"\xef\xbb\xbf" + line(2)))

    assert outcomes(results) == ["ok", "invalid_json"]


def test_a_lines_raw_bytes_come_back_as_they_were(log: leadlog.Leadlog) -> None:
    contents = (b"\xef\xbb\xbf" + line(1), b"{broken", line(2) + b"\r")

    results = submitted(log, raw(*contents))

    assert tuple(result.raw.content for result in results) == contents


def test_the_limit_holds_inside_a_group(log: leadlog.Leadlog) -> None:
    log.set_limit("site-form", Limit(3, 60))

    results = submitted(log, raw(*map(line, range(5))))

    assert outcomes(results) == ["ok", "ok", "ok", "limit_exceeded", "limit_exceeded"]


def test_the_limit_holds_across_groups_while_time_passes(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(2, 10))

    def groups() -> Iterator[Sequence[RawLine]]:
        for number in range(6):
            yield raw(line(2 * number), line(2 * number + 1))
            clock.advance(4)

    results = flat(log.append_stream("submit", groups()))

    admitted = [result.line for result in results if not result.failed]
    assert admitted == [1, 2, 7, 8]


def test_duplicates_and_replays_are_found_inside_a_group(log: leadlog.Leadlog) -> None:
    results = submitted(
        log,
        raw(
            line(1, request_id="a"),
            line(1, request_id="a"),
            line(1),
            line(2, request_id="a"),
        ),
    )

    assert outcomes(results) == ["ok", "replayed", "duplicate_lead", "request_id_reused"]
    assert log.last_attempt_id() == 3


def test_the_same_stream_again_adds_nothing_when_lines_carry_request_ids(
    log: leadlog.Leadlog,
) -> None:
    lines = raw(*(line(number, request_id=f"r-{number}") for number in range(20)))
    first = submitted(log, lines)

    second = submitted(log, lines)

    assert outcomes(second) == ["replayed"] * 20
    assert [r.receipt.hash for r in second if r.receipt] == [
        r.receipt.hash for r in first if r.receipt
    ]
    assert log.last_attempt_id() == 20


def test_what_somebody_else_writes_between_groups_is_heeded(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(3, 60))

    def groups() -> Iterator[Sequence[RawLine]]:
        yield raw(line(1))
        with leadlog.open(database, clock=clock) as other:
            other.submit(user="site-form", name="P", email="p2@example.org")
        yield raw(line(2), line(3), line(4))

    results = flat(log.append_stream("submit", groups()))

    assert outcomes(results) == ["ok", "duplicate_lead", "limit_exceeded", "limit_exceeded"]
    assert rows.unsound(database) == []


def test_a_limit_that_somebody_else_lowers_between_groups_is_heeded(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    def groups() -> Iterator[Sequence[RawLine]]:
        yield raw(line(1))
        with leadlog.open(database, clock=clock) as other:
            other.set_limit("site-form", Limit(0, 60))
        yield raw(line(2))

    results = flat(log.append_stream("submit", groups()))

    assert outcomes(results) == ["ok", "blocked"]


def test_a_date_that_somebody_else_closes_between_groups_is_heeded(
    log: leadlog.Leadlog, database: Path
) -> None:
    def groups() -> Iterator[Sequence[RawLine]]:
        yield raw(line(1))
        rows.close_date(database, "2026-03-10")
        yield raw(line(2))

    results = flat(log.append_stream("submit", groups()))

    dates = [result.receipt.log_date for result in results if result.receipt]
    assert dates == ["2026-03-10", "2026-03-11"]


def test_a_group_is_committed_before_its_results_come_out(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    results = log.append_stream("submit", [raw(line(1), line(2)), raw(line(3))])

    next(results)

    with leadlog.open(database, clock=clock) as other:
        assert other.last_attempt_id() == 2
    results.close()


def test_a_stated_failure_is_no_failed_line_of_a_record_stream(log: leadlog.Leadlog) -> None:
    lines = raw(line(1, category="timeout"), line(2, user="nobody"), b"{", line(3))

    results = flat(log.append_stream("record", [lines]))

    assert [result.failed for result in results] == [False, True, True, False]


def test_a_record_stream_may_register_its_users(log: leadlog.Leadlog) -> None:
    lines = raw(line(1, user="partner-a"), line(2, user="partner-b"), line(3, user="partner-a"))

    results = flat(log.append_stream("record", [lines], create_users=True))

    assert outcomes(results) == ["ok", "ok", "ok"]
    assert [user.handle for user, _, _ in log.users()] == ["partner-a", "partner-b", "site-form"]


class TickingClock(FakeClock):
    """A clock that moves on each time it is asked, so that work takes time."""

    step_us = 10_000

    def now_us(self) -> int:
        self.us += self.step_us
        return self.us


def committed_sizes(database: Path, clock: Clock, lines: int) -> list[int]:
    """Stream lines as one group; return how many were committed together each time."""
    sizes = []
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form", Limit(1_000_000, 1))
        with leadlog.open(database, clock=clock) as other:
            for results in log.append_stream("submit", [raw(*map(line, range(lines)))]):
                assert other.last_attempt_id() == results[-1].line
                sizes.append(len(results))
    return sizes


def test_a_group_is_cut_when_it_held_the_gate_for_a_tenth_of_a_second(database: Path) -> None:
    # Two looks at the clock a line: five lines take the tenth of a second.
    assert committed_sizes(database, TickingClock(), 12) == [5, 5, 2]


def test_a_group_that_takes_no_time_is_committed_whole(database: Path) -> None:
    assert committed_sizes(database, FakeClock(), 300) == [300]


def test_a_group_is_cut_when_the_clock_goes_back(database: Path) -> None:
    clock = TickingClock()
    clock.step_us = -1

    assert committed_sizes(database, clock, 3) == [1, 1, 1]


def test_a_busy_database_at_the_end_does_not_deny_what_was_committed(
    database: Path, clock: FakeClock
) -> None:
    with leadlog.open(database, create=True, clock=clock, wait_seconds=1) as log:
        log.add_user("site-form")
        results = log.append_stream("submit", [raw(line(1))])
        first = next(results)
        with database.with_name("leads.db.lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)

            rest = list(results)

    assert (outcomes(first), rest) == (["ok"], [])


# Totals


LINES = st.one_of(
    st.builds(line, st.integers(0, 3)),
    st.builds(
        lambda number, id_: line(number, request_id=f"r-{id_}"),
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    st.builds(lambda number: line(number, email="x"), st.integers(0, 3)),
    st.builds(lambda number: line(number, user="nobody"), st.integers(0, 3)),
    st.sampled_from([b"", b"  ", b"{", b"[1]", b"\xff", b"null"]),
)


@given(st.lists(st.lists(LINES, min_size=1, max_size=8), max_size=5), st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_totals_account_for_every_line_and_every_row(
    tmp_path_factory: pytest.TempPathFactory, groups: list[list[bytes]], most: int
) -> None:
    path = tmp_path_factory.mktemp("totals") / "leads.db"
    counter = Counter()
    with leadlog.open(path, create=True, clock=FakeClock()) as log:
        log.add_user("site-form", Limit(most, 60))

        for result in submitted(log, *(raw(*group) for group in groups)):
            counter.add(result)

        totals = counter.totals()
        attempts = log.last_attempt_id()
        leads = len(list(log.leads()))
    assert totals.lines == sum(map(len, groups))
    assert totals.lines == totals.blank + totals.replayed + totals.attempts
    assert totals.attempts == totals.successes + sum(totals.failures.values())
    assert (totals.attempts, totals.successes) == (attempts, leads)
    assert rows.unsound(path) == []


def test_an_empty_stream_has_totals_of_zero(log: leadlog.Leadlog) -> None:
    assert submitted(log) == []
    assert Counter().totals() == Totals(0, 0, 0, 0, 0, {})


def test_the_most_frequent_category_comes_first_in_the_totals(log: leadlog.Leadlog) -> None:
    counter = Counter()

    for result in submitted(log, raw(b"{", line(1, email="x"), line(2, email="x"), line(3))):
        counter.add(result)

    assert list(counter.totals().failures.items()) == [("validation", 2), ("malformed", 1)]
    assert counter.failed_lines == 3


# Reading lines


def read(path: Path, content: bytes, *, keep_long_lines: bool = False) -> list[RawLine]:
    path.write_bytes(content)
    with path.open("rb") as file:
        reader = LineReader(file, keep_long_lines=keep_long_lines)
        return [each for group in reader for each in group]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"a\nb\n", [b"a", b"b"]),
        (b"a\nb", [b"a", b"b"]),
        (b"\n\na\n\n", [b"", b"", b"a", b""]),
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),
        ("a\u2028b\x0bc\x85d\n".encode(), ["a\u2028b\x0bc\x85d".encode()]),
    ],
)
def test_lines_end_at_line_feeds_and_nowhere_else(
    tmp_path: Path, content: bytes, expected: list[bytes]
) -> None:
    lines = read(tmp_path / "lines", content)

    assert [each.content for each in lines] == expected
    assert [each.total_bytes for each in lines] == [len(each) for each in expected]


def test_a_line_with_a_carriage_return_is_read_as_a_record(log: leadlog.Leadlog) -> None:
    assert outcomes(submitted(log, raw(line(1) + b"\r"))) == ["ok"]


@given(st.lists(st.binary(max_size=5).map(lambda b: b.replace(b"\n", b"")), max_size=3000))
@settings(max_examples=20, deadline=None)
def test_what_was_joined_with_line_feeds_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("lines") / "lines"

    lines = read(path, b"".join(each + b"\n" for each in contents))

    assert [each.content for each in lines] == contents


def test_lines_longer_than_a_read_are_put_together(tmp_path: Path) -> None:
    contents = [bytes([97 + number]) * 60_000 for number in range(20)]

    lines = read(tmp_path / "lines", b"\n".join(contents))

    assert [each.content for each in lines] == contents


def test_a_group_holds_at_most_a_thousand_lines(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x\n" * 2500)

    with path.open("rb") as file:
        sizes = [len(group) for group in LineReader(file)]

    assert sizes == [1000, 1000, 500]


def test_a_line_of_exactly_64_kib_is_no_long_line(log: leadlog.Leadlog, tmp_path: Path) -> None:
    fitting = line(1).ljust(64 * 1024)

    lines = read(tmp_path / "lines", fitting + b"\n" + fitting + b" \n")

    assert outcomes(submitted(log, lines)) == ["ok", "line_too_long"]


def test_a_ten_megabyte_line_is_one_failure_between_two_good_lines(
    log: leadlog.Leadlog, tmp_path: Path
) -> None:
    content = line(1) + b"\n" + b"x" * 10_000_000 + b"\n" + line(2) + b"\n"

    lines = read(tmp_path / "lines", content)

    assert outcomes(submitted(log, lines)) == ["ok", "line_too_long", "ok"]
    assert lines[1].total_bytes == 10_000_000


@pytest.mark.parametrize("keep_long_lines", [False, True])
def test_a_ten_megabyte_line_is_never_held_in_memory(
    tmp_path: Path, *, keep_long_lines: bool
) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x" * 10_000_000 + b"\n")
    with path.open("rb") as file:
        reader = LineReader(file, keep_long_lines=keep_long_lines)
        tracemalloc.start()

        [[long_line]] = list(reader)

        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    if long_line.rest is not None:
        long_line.rest.close()
    assert peak < 2_000_000


def test_the_rest_of_a_long_line_is_given_back(tmp_path: Path) -> None:
    content = os.urandom(300_000).replace(b"\n", b"-")

    [before, long_line, after] = read(
        tmp_path / "lines", b"a\n" + content + b"\nb\n", keep_long_lines=True
    )

    with closing(long_line.rest):
        long_line.rest.seek(0)
        assert long_line.content + long_line.rest.read() == content
    assert (before.rest, after.rest) == (None, None)


def test_the_rest_of_a_long_line_is_dropped_unless_it_is_wanted(tmp_path: Path) -> None:
    [long_line] = read(tmp_path / "lines", b"x" * 300_000)

    assert long_line.rest is None
    assert len(long_line.content) <= 64 * 1024 + 1


class Pipe:
    """A pipe: what is written at one end is read at the other."""

    def __init__(self) -> None:
        descriptor, self.write_end = os.pipe()
        self.read_end: BinaryIO = os.fdopen(descriptor, "rb")

    def write(self, content: bytes) -> None:
        os.write(self.write_end, content)

    def finish(self) -> None:
        os.close(self.write_end)
        self.write_end = -1

    def close(self) -> None:
        self.read_end.close()
        if self.write_end >= 0:
            os.close(self.write_end)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    made.close()


def test_lines_that_came_are_given_out_when_no_more_come(pipe: Pipe) -> None:
    groups = iter(LineReader(pipe.read_end))
    pipe.write(b"a\nb\nhal")
    started = time.monotonic()

    group = next(groups)

    assert [each.content for each in group] == [b"a", b"b"]
    assert 0.15 < time.monotonic() - started < 2


def test_half_a_line_waits_for_its_other_half(pipe: Pipe) -> None:
    groups = iter(LineReader(pipe.read_end))
    pipe.write(b"a\nhal")
    next(groups)

    pipe.write(b"f\n")
    pipe.finish()

    assert [[each.content for each in group] for group in groups] == [[b"half"]]


def test_a_last_line_without_its_line_feed_is_a_line(pipe: Pipe) -> None:
    pipe.write(b"a\nb")
    pipe.finish()

    assert [each.content for group in LineReader(pipe.read_end) for each in group] == [b"a", b"b"]


def test_an_idle_stream_commits_what_came(
    log: leadlog.Leadlog, database: Path, pipe: Pipe, clock: FakeClock
) -> None:
    results = log.append_stream("submit", LineReader(pipe.read_end))
    pipe.write(line(1) + b"\n" + line(2)[:10])

    first = next(results)

    with leadlog.open(database, clock=clock) as other:
        assert other.last_attempt_id() == 1
    assert outcomes(first) == ["ok"]


def test_a_stream_that_is_told_to_stop_ends_while_it_waits(pipe: Pipe) -> None:
    stop = threading.Event()
    reader = LineReader(pipe.read_end, stop.is_set)
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    started = time.monotonic()

    groups = list(reader)

    timer.join()
    assert groups == []
    assert time.monotonic() - started < 2


def test_a_stream_that_is_told_to_stop_gives_out_no_further_group(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"x\n" * 5000)
    stop = threading.Event()
    seen = []

    with path.open("rb") as file:
        for group in LineReader(file, stop.is_set):
            seen.append(len(group))
            stop.set()

    assert seen == [1000]


@pytest.mark.parametrize("origin", ["submit", "record"])
def test_a_stream_of_many_groups_is_sound(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, origin: Origin
) -> None:
    def groups() -> Iterator[Sequence[RawLine]]:
        for start in range(0, 300, 50):
            clock.advance(7)
            yield raw(*(line(number % 120) for number in range(start, start + 50)))

    results = flat(log.append_stream(origin, groups()))

    assert len(results) == 300
    assert log.last_attempt_id() == 300
    assert rows.unsound(database) == []


def test_the_constants_are_those_of_the_contract() -> None:
    assert (stream.GROUP_LINES, stream.GROUP_US_IN_GATE, stream.IDLE_SECONDS) == (
        1000,
        100_000,
        0.2,
    )


def test_a_steady_trickle_is_cut_when_its_oldest_line_has_waited() -> None:
    reading, writing = os.pipe()
    seconds = iter(n * 0.1 for n in range(1000))
    with open(reading, "rb", buffering=0) as source:
        reader = iter(stream.LineReader(source, monotonic=lambda: next(seconds)))
        os.write(writing, b"{}\n" * 3)
        first = next(reader)
        for _ in range(5):
            os.write(writing, b"{}\n")
        assert len(first) == 3
        os.close(writing)
        assert sum(map(len, reader)) == 5


def test_a_stream_that_was_stopped_ends_after_the_part_that_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "GROUP_US_IN_GATE", 0)
    lines = [stream.RawLine(b'{"user":"form"}', 15)] * 5

    with leadlog.open(tmp_path / "leads.db", create=True) as log:
        done = list(log.append_stream("submit", [lines], stopped=lambda: True))

    assert [len(part) for part in done] == [1]
