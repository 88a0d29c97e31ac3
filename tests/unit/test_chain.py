"""Hashes as the file format writes them; whoever changes one of these breaks every database."""

import hashlib

from leadlog import chain

DATABASE = "6f1c2a3e-0000-4000-8000-000000000001"
GENESIS = "4ee4071d7f6d9c98d966b3cc0c46c3d0f0dc5b6a66c8bd7b50479a4718c37cee"
FIRST = "897b4fef907b0eea52b3b554b20e6c5c72fd5d57d2671c68e5e6082a5e911501"
SECOND = "eb75cc2abdd9c6a2a90bff1f0d31ee665c4e0e301aa3950159afad9f20bdc57e"


def test_the_first_row_follows_the_hash_of_database_and_table() -> None:
    text = b"6f1c2a3e-0000-4000-8000-000000000001:users"

    assert chain.genesis(DATABASE, "users") == GENESIS
    assert hashlib.sha256(text).hexdigest() == GENESIS


def test_the_first_row_has_its_golden_hash() -> None:
    row = (1, "2026-01-28T02:59:54.123456Z", "unknown", "2026-01-28")

    assert chain.row_hash("users", row, GENESIS) == FIRST


def test_the_second_row_has_its_golden_hash() -> None:
    row = (2, "2026-01-28T03:00:00.000000Z", "site-form", "2026-01-28")

    assert chain.row_hash("users", row, FIRST) == SECOND


def test_the_golden_hash_covers_exactly_these_bytes() -> None:
    row_bytes = (
        b'leadlog/1\n["users",1,"2026-01-28T02:59:54.123456Z","unknown","2026-01-28",'
        b'"4ee4071d7f6d9c98d966b3cc0c46c3d0f0dc5b6a66c8bd7b50479a4718c37cee"]'
    )

    assert hashlib.sha256(row_bytes).hexdigest() == FIRST


def test_null_negative_empty_and_every_script_have_their_golden_hash() -> None:
    text = 'na\u00efve \u2028 "q" \\ \N{GRINNING FACE}'
    row = (7, "2026-01-28T02:59:54.123456Z", 2, "submit", None, text, "", -1)

    row_hash = chain.row_hash("lead_submission_logs", row, "0" * 64)

    assert row_hash == "ec34ccc60a64d60a39a5ebf6a2b1a5ae7a0a0e34ca71ef540afd87ba73e9a30c"


def test_the_hash_covers_text_as_utf_8_without_ascii_escapes() -> None:
    row_bytes = b'leadlog/1\n["t",1,"\xc3\xaf\\u0001\\n\xe2\x80\xa8",null,"p"]'

    row_hash = chain.row_hash("t", (1, "\u00ef\x01\n\u2028", None), "p")

    assert row_hash == hashlib.sha256(row_bytes).hexdigest()


def test_a_receipt_is_written_as_id_and_hash() -> None:
    assert chain.receipt_text(12, FIRST) == f"12:{FIRST}"


def test_a_contact_is_vouched_for_by_its_salt_and_payload() -> None:
    expected = "b25afe29043ff2d979035661619d2dbff5f9d22aee46755277d7731e44a0026b"

    assert chain.contact_hash(b"salt", "payload") == expected


def test_another_salt_gives_the_same_contact_another_hash() -> None:
    assert chain.contact_hash(b"salt", "payload") != chain.contact_hash(b"tlas", "payload")


def test_a_secret_is_vouched_for_by_its_plain_hash() -> None:
    assert chain.secret_fingerprint(b"s" * 32) == hashlib.sha256(b"s" * 32).hexdigest()
