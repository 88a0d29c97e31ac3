"""What every store must do, whatever its engine."""

import engines
import pytest
from engines import ALIKE_KEY, AT, DAY, FAILURE, KEY, SUCCESS, Engine, append

import leadlog
from leadlog import chain, tables
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.repository import Store, Transaction
from leadlog.rows import AttemptRow, LastAttempt

engine, store = engines.engine, engines.store


def test_an_attempt_that_was_appended_is_found_by_its_id(store: Store) -> None:
    appended = store.write(append(FAILURE))

    found = store.read(lambda reader: reader.attempt(appended.id))

    assert found is not None
    assert (found.attempt, found.hash, found.user) == (appended.id, appended.hash, "site-form")
    assert found.contact == {"name": "Ada"}


def test_an_attempt_that_was_never_appended_is_not_found(store: Store) -> None:
    assert store.read(lambda reader: reader.attempt(1)) is None


def test_a_successful_attempt_makes_its_lead(store: Store) -> None:
    appended = store.write(append(SUCCESS))

    found = store.read(lambda reader: reader.leads(leadlog.Filter(), newest_first=False))

    assert appended.lead_id == 1
    assert [(lead.lead, lead.attempt) for lead in found] == [(1, appended.id)]


def test_a_failed_attempt_makes_no_lead(store: Store) -> None:
    appended = store.write(append(FAILURE))

    found = store.read(lambda reader: reader.leads(leadlog.Filter(), newest_first=False))

    assert appended.lead_id is None
    assert found == []


def test_ids_are_dense_from_one(store: Store) -> None:
    ids = [store.write(append(FAILURE)).id for _ in range(3)]

    ids += store.write(lambda tx: [append(FAILURE)(tx).id for _ in range(3)])

    assert ids == [1, 2, 3, 4, 5, 6]


def test_ids_stay_dense_when_two_stores_take_turns(store: Store, engine: Engine) -> None:
    other = engine.open()

    ids = [each.write(append(FAILURE)).id for each in (store, other, store, store, other)]

    other.close()
    assert ids == [1, 2, 3, 4, 5]


def test_every_row_is_chained_to_the_one_before(store: Store, engine: Engine) -> None:
    store.write(append(SUCCESS))
    store.write(append(SUCCESS))
    store.write(append(FAILURE))
    store.write(lambda tx: tx.append_limit(2, Limit(5, 60), "why", AT, DAY))
    broken = []

    for table in tables.CHAINED:
        prev_hash = chain.genesis(store.settings["database_id"], table)
        for *values, row_prev_hash, row_hash in engine.rows(table):
            if (row_prev_hash, row_hash) != (prev_hash, chain.row_hash(table, values, prev_hash)):
                broken.append((table, values[0]))
            prev_hash = str(row_hash)

    assert broken == []
    assert len(engine.rows(tables.ATTEMPTS)) == 3


def test_an_appended_row_holds_exactly_what_was_given(store: Store, engine: Engine) -> None:
    given = FAILURE._replace(
        failure_field="name",
        failure_message="name: required",
        late_for="2026-03-09",
        request_id="r-1",
        request_digest="d",
        duration_ms=7,
        context='{"given":{"a":"b"}}',
    )

    store.write(append(given))

    [stored] = engine.rows(tables.ATTEMPTS)
    assert AttemptRow._make(stored[1:-3]) == given


def test_the_secret_and_its_fingerprint_belong_together(store: Store) -> None:
    assert store.settings["secret_sha256"] == chain.secret_fingerprint(store.secret)


def test_a_write_whose_work_raises_stores_nothing(store: Store, engine: Engine) -> None:
    def work(tx: Transaction) -> None:
        tx.append_user("half", AT, DAY)
        append(SUCCESS)(tx)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        store.write(work)

    assert store.read(lambda reader: reader.find_user("half")) is None
    assert [len(engine.rows(table)) for table in (tables.ATTEMPTS, tables.LEADS)] == [0, 0]


def test_a_write_whose_work_raises_leaves_no_memory_behind(store: Store) -> None:
    store.write(append(SUCCESS))

    def work(tx: Transaction) -> None:
        tx.append_user("half", AT, DAY)
        tx.append_limit(2, Limit(5, 60), None, AT, DAY)
        append(SUCCESS._replace(logical_us=9_000_000))(tx)
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        store.write(work)
    facts = store.write(
        lambda tx: (
            tx.find_user("half"),
            tx.policy(2).limit,
            tx.last_attempt().logical_us,
            len(tx.in_window(2, 0)),
            list(tx.handles()),
            append(SUCCESS)(tx).id,
        )
    )

    assert facts == (None, Limit(100, 60), 1_000_000, 1, ["site-form"], 2)


def test_what_was_written_survives_reopening(store: Store, engine: Engine) -> None:
    appended = store.write(append(SUCCESS))
    store.close()

    reopened = engine.open()
    found = reopened.read(lambda reader: reader.attempt(appended.id))
    following = reopened.write(append(FAILURE))

    reopened.close()
    assert found is not None
    assert found.hash == appended.hash
    assert following.id == appended.id + 1


def test_a_write_is_seen_by_a_store_that_was_open_before(store: Store, engine: Engine) -> None:
    other = engine.open()

    appended = store.write(append(SUCCESS))

    found = other.read(lambda reader: reader.last_id())
    other.close()
    assert found == appended.id


def test_a_result_is_what_the_work_returned(store: Store) -> None:
    assert store.write(lambda _: "result") == "result"
    assert store.read(lambda _: "answer") == "answer"


def test_a_question_sees_one_state_while_another_store_writes(store: Store, engine: Engine) -> None:
    other = engine.open()

    def question_ids() -> tuple[int, int]:
        def question(reader: leadlog.repository.Reader) -> tuple[int, int]:
            before = reader.last_id()
            store.write(append(SUCCESS))
            return before, reader.last_id()

        return other.read(question)

    seen = question_ids()

    other.close()
    assert seen == (0, 0)


def test_an_empty_log_has_no_last_attempt(store: Store) -> None:
    assert store.write(lambda tx: tx.last_attempt()) == LastAttempt(0, 0, 0)


def test_the_last_attempt_is_the_newest_row(store: Store) -> None:
    appended = store.write(append(FAILURE._replace(logical_us=5)))

    last = store.read(lambda reader: reader.last_attempt())

    assert last == LastAttempt(appended.id, 1_773_144_000_000_000, 5)
    assert store.write(lambda tx: tx.last_attempt()) == last


@pytest.mark.parametrize("handle", ["Site-form", "site-form ", "site", "", "sité-form", "\ud800"])
def test_a_handle_is_found_only_as_it_was_registered(store: Store, handle: str) -> None:
    assert store.write(lambda tx: tx.find_user(handle)) is None
    assert store.read(lambda reader: reader.find_user(handle)) is None


def test_a_handle_can_not_be_registered_twice(store: Store) -> None:
    with pytest.raises(LeadlogError) as caught:
        store.write(lambda tx: tx.append_user("site-form", AT, DAY))

    assert caught.value.kind == "unusable"
    assert [user.id for user in store.read(lambda reader: reader.users())] == [2]


def test_handles_for_suggestions_leave_out_the_reserved_one(store: Store) -> None:
    store.write(lambda tx: tx.append_user("partner", AT, DAY))

    assert list(store.write(lambda tx: tx.handles())) == ["partner", "site-form"]


def test_a_request_id_is_bound_by_a_row_with_a_digest(store: Store) -> None:
    row = SUCCESS._replace(request_id="r-1", request_digest="d")
    appended = store.write(append(row))

    bound = store.write(lambda tx: tx.find_bound(2, "r-1"))

    assert bound is not None
    assert bound == (appended.id, appended.hash, appended.lead_id, "site-form", row)


def test_a_request_id_is_not_bound_by_a_row_without_a_digest(store: Store) -> None:
    store.write(append(FAILURE._replace(request_id="r-1")))

    assert store.write(lambda tx: tx.find_bound(2, "r-1")) is None


def test_a_request_id_is_bound_for_its_own_user_only(store: Store) -> None:
    store.write(append(SUCCESS._replace(request_id="r-1", request_digest="d")))
    other = store.write(lambda tx: tx.append_user("partner", AT, DAY))

    assert store.write(lambda tx: tx.find_bound(other.id, "r-1")) is None


def test_a_request_id_can_not_be_bound_twice(store: Store, engine: Engine) -> None:
    row = SUCCESS._replace(request_id="r-1", request_digest="d")
    store.write(append(row))

    with pytest.raises(LeadlogError) as caught:
        store.write(append(row._replace(request_digest="e")))

    assert caught.value.kind == "unusable"
    assert len(engine.rows(tables.ATTEMPTS)) == 1


def window(store: Store, after_us: int, up_to_id: int | None = None) -> list[int]:
    seen = store.write(lambda tx: list(tx.in_window(2, after_us, up_to_id)))
    assert store.read(lambda reader: list(reader.in_window(2, after_us, up_to_id))) == seen
    return seen


def test_a_window_holds_admitted_attempts_in_order_of_logical_time(store: Store) -> None:
    for logical_us in (10, 20, 30):
        store.write(append(SUCCESS._replace(logical_us=logical_us)))

    assert window(store, 0) == [10, 20, 30]


def test_a_window_starts_after_its_start(store: Store) -> None:
    for logical_us in (10, 20, 30):
        store.write(append(SUCCESS._replace(logical_us=logical_us)))

    assert window(store, 10) == [20, 30]
    assert window(store, 9) == [10, 20, 30]
    assert window(store, 30) == []


def test_a_window_leaves_out_what_was_not_admitted(store: Store) -> None:
    store.write(append(SUCCESS._replace(logical_us=10)))
    store.write(append(FAILURE._replace(logical_us=20, admitted=0)))
    store.write(append(FAILURE._replace(logical_us=30)))

    assert window(store, 0) == [10, 30]


def test_a_window_belongs_to_one_user(store: Store) -> None:
    other = store.write(lambda tx: tx.append_user("partner", AT, DAY))
    store.write(append(SUCCESS._replace(user_id=other.id)))

    assert window(store, 0) == []


def test_a_window_of_the_past_leaves_out_later_attempts(store: Store) -> None:
    for logical_us in (10, 20, 30):
        store.write(append(SUCCESS._replace(logical_us=logical_us)))

    assert window(store, 0, 2) == [10, 20]


def test_a_window_moves_on_within_one_write(store: Store) -> None:
    def work(tx: Transaction) -> list[list[int]]:
        seen = []
        for logical_us in (10, 20, 30, 40):
            seen.append(list(tx.in_window(2, logical_us - 25)))
            append(SUCCESS._replace(logical_us=logical_us))(tx)
        return seen

    assert store.write(work) == [[], [10], [10, 20], [20, 30]]


def test_a_window_may_move_back(store: Store) -> None:
    for logical_us in (10, 20, 30):
        store.write(append(SUCCESS._replace(logical_us=logical_us)))

    assert store.write(lambda tx: [list(tx.in_window(2, us)) for us in (20, 0)]) == [
        [30],
        [10, 20, 30],
    ]


def test_a_window_remembered_between_writes_sees_what_another_store_admitted(
    store: Store, engine: Engine
) -> None:
    store.write(append(SUCCESS._replace(logical_us=10)))
    assert window(store, 0) == [10]
    other = engine.open()

    other.write(append(SUCCESS._replace(logical_us=20)))

    other.close()
    assert window(store, 0) == [10, 20]


def policy_of(store: Store) -> tuple[int, Limit, bool]:
    seen = store.write(lambda tx: tx.policy(2))
    assert store.read(lambda reader: reader.policy(2)) == seen
    return seen


def test_a_user_without_a_limit_of_its_own_has_the_default(store: Store) -> None:
    assert policy_of(store) == (1, Limit(100, 60), True)


def test_a_limit_of_its_own_goes_before_the_default(store: Store) -> None:
    id_ = store.write(lambda tx: tx.append_limit(2, Limit(5, 10), None, AT, DAY))
    store.write(lambda tx: tx.append_limit(None, Limit(7, 60), None, AT, DAY))

    assert policy_of(store) == (id_, Limit(5, 10), False)


def test_the_newest_limit_of_its_own_counts(store: Store) -> None:
    store.write(lambda tx: tx.append_limit(2, Limit(5, 10), None, AT, DAY))
    id_ = store.write(lambda tx: tx.append_limit(2, Limit(6, 10), None, AT, DAY))

    assert policy_of(store) == (id_, Limit(6, 10), False)


def test_a_user_given_the_default_again_follows_it(store: Store) -> None:
    store.write(lambda tx: tx.append_limit(2, Limit(5, 10), None, AT, DAY))
    store.write(lambda tx: tx.append_limit(2, None, None, AT, DAY))
    default = store.write(lambda tx: tx.append_limit(None, Limit(7, 60), None, AT, DAY))

    assert policy_of(store) == (default, Limit(7, 60), True)
    assert store.read(lambda reader: reader.own_policy(2)) is None


def test_a_limit_set_earlier_is_found_by_its_id(store: Store) -> None:
    id_ = store.write(lambda tx: tx.append_limit(2, Limit(5, 10), None, AT, DAY))
    store.write(lambda tx: tx.append_limit(2, Limit(6, 10), None, AT, DAY))

    assert store.write(lambda tx: tx.policy_by_id(id_)) == (id_, Limit(5, 10), False)


def test_a_limit_that_another_store_set_is_seen_by_the_next_write(
    store: Store, engine: Engine
) -> None:
    policy_of(store)
    other = engine.open()

    other.write(lambda tx: tx.append_limit(2, Limit(5, 10), None, AT, DAY))

    other.close()
    assert policy_of(store)[1] == Limit(5, 10)


def test_limit_changes_are_listed_oldest_first(store: Store) -> None:
    store.write(lambda tx: tx.append_limit(2, Limit(5, 10), "slow down", AT, DAY))
    store.write(lambda tx: tx.append_limit(2, None, None, AT, DAY))

    everyones = store.read(lambda reader: reader.limit_changes(None, everyone=True))
    own = store.read(lambda reader: reader.limit_changes(2, everyone=False))
    default = store.read(lambda reader: reader.limit_changes(None, everyone=False))

    assert [change.change for change in everyones] == [1, 2, 3]
    assert [(change.limit, change.reason) for change in own] == [
        (Limit(5, 10), "slow down"),
        (None, None),
    ]
    assert [change.user for change in default] == [None]


def original(store: Store, key: str = KEY, page: str | None = "/pricing") -> int | None:
    found = store.write(lambda tx: tx.find_originals(2, key, page))
    return found[0].log_id if found else None


def test_the_original_of_a_contact_and_page_is_its_first_lead(store: Store) -> None:
    first = store.write(append(SUCCESS))
    store.write(append(SUCCESS))

    assert original(store) == first.id


def test_an_original_is_of_the_same_page_and_contact(store: Store) -> None:
    store.write(append(SUCCESS))

    assert original(store, page="/other") is None
    assert original(store, page=None) is None
    assert original(store, key=ALIKE_KEY) is None


def test_a_contacts_key_that_begins_alike_is_another_contacts(store: Store) -> None:
    for key in (KEY, ALIKE_KEY):
        store.write(append(SUCCESS, key))
        store.write(append(FAILURE, key))

    wanted = leadlog.Filter(email_key=KEY)
    attempts = store.read(lambda reader: reader.attempts(wanted, newest_first=False))
    leads = store.read(lambda reader: reader.leads(wanted, newest_first=False))
    failures = store.read(lambda reader: reader.failures(wanted, ("code",)))

    assert [each.attempt for each in attempts] == [1, 2]
    assert [each.lead for each in leads] == [1]
    assert failures.failures == 1


def test_no_page_is_a_page_of_its_own(store: Store) -> None:
    first = store.write(append(SUCCESS._replace(page=None)))

    assert original(store, page=None) == first.id


def test_a_failed_attempt_is_nobodys_original(store: Store) -> None:
    store.write(append(FAILURE))

    assert original(store) is None


def test_a_date_is_open_until_it_has_a_snapshot(store: Store, engine: Engine) -> None:
    assert store.write(lambda tx: tx.first_open_date(DAY)) == DAY

    engine.close_date(DAY)

    assert store.write(lambda tx: tx.first_open_date(DAY)) == "2026-03-11"


def test_the_first_open_date_skips_every_closed_one(store: Store, engine: Engine) -> None:
    for day in ("2026-02-28", "2026-03-01", "2026-03-03"):
        engine.close_date(day)

    found = [
        store.write(lambda tx, day=day: tx.first_open_date(day))  # type: ignore[misc]
        for day in ("2026-02-27", "2026-02-28", "2026-03-02", "2026-03-03")
    ]

    assert found == ["2026-02-27", "2026-03-02", "2026-03-02", "2026-03-04"]


def test_nothing_can_be_appended_to_a_closed_date(store: Store, engine: Engine) -> None:
    engine.close_date(DAY)

    with pytest.raises(LeadlogError) as caught:
        store.write(append(SUCCESS))

    assert caught.value.kind == "unusable"
    assert engine.rows(tables.ATTEMPTS) == []


def test_changes_stays_the_same_while_nobody_commits(store: Store) -> None:
    assert store.changes() == store.changes()


def test_changes_differs_after_somebody_else_committed(store: Store, engine: Engine) -> None:
    other = engine.open()
    before = store.changes()

    other.write(append(SUCCESS))

    other.close()
    assert store.changes() != before


def test_tidying_keeps_everything(store: Store) -> None:
    store.write(append(SUCCESS), more_follows=True)

    store.tidy()

    assert store.read(lambda reader: reader.last_id()) == 1


def test_rows_are_counted_table_by_table(store: Store) -> None:
    store.write(append(SUCCESS))
    store.write(append(FAILURE))

    counted = store.read(lambda reader: reader.rows())

    assert (counted[tables.ATTEMPTS], counted[tables.LEADS], counted[tables.USERS]) == (2, 1, 2)


def test_log_dates_are_the_first_and_the_last(store: Store) -> None:
    for day in ("2026-03-10", "2026-03-08", "2026-03-12"):
        store.write(append(FAILURE._replace(log_date=day)))

    assert store.read(lambda reader: reader.log_dates()) == ("2026-03-08", "2026-03-12")
