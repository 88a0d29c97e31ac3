"""What is personal is replaced by what it is, and nothing else is touched."""

import pytest

from leadlog.masking import mask, mask_own, mask_prose, mentioned_in_place

ADA = (
    ("email", "ada.lovelace@example.org"),
    ("name", "Ada Lovelace"),
    ("phone", "+49 151 12345678"),
    ("company", "Analytical Engines, Ltd."),
)


@pytest.mark.parametrize("text", ["", "web-form", "HTTP 503 from crm-2", "/landing/spring?x=1"])
def test_a_text_without_anything_personal_stays_as_it_is(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("bob@example.org", "<email>"),
        ("no mailbox bob.b+x@mail.example.co.uk here", "no mailbox <email> here"),
        ("<bob@example.org>: refused", "<<email>>: refused"),
        ("to=bob@example.org, cc=eve@example.org", "to=<email>, cc=<email>"),
        ("mailto:bob@example.org", "mailto:<email>"),
        ("BOB@EXAMPLE.ORG", "<email>"),
        ("bob@localhost", "<email>"),
        ("b\u00f6b@b\u00fccher.example", "<email>"),
        ("/thanks/bob%40example.org/x", "/thanks/<email>/x"),
        ("/thanks/bob%2540example.org", "/thanks/<email>"),
        ("bob\uff20example.org", "<email>"),
    ],
)
def test_an_email_address_is_masked_in_any_shape(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("text", ["a @ b", "@channel", "50% off 40 items", "100%"])
def test_a_sign_alone_is_no_address(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "phone",
    [
        "5550199",
        "+4915112345678",
        "+49 151 12345678",
        "+49 (0)151-123.456/78",
        "+1 (555) 010-0199",
        "(555) 010-0199",
        "0151/12345678",
        "555\u2011010\u20110199",
        "555\u2013010\u20130199",
        "0151\u00a012345678",
        "0151 - 123 - 45678",
        "0301-23-45",
        "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
        "+\u0669\u0666\u0666 \u0665\u0660 \u0661\u0662\u0663 \u0664\u0665\u0666\u0667",
        "\uff10\uff11\uff12\uff13\uff14\uff15\uff16",
    ],
)
def test_a_phone_number_is_masked_in_any_shape(phone: str) -> None:
    assert mask(f"call {phone}, please") == "call <phone>, please"


@pytest.mark.parametrize("text", ["error 503", "port 65535", "123456", "id a1234567", "1234567b"])
def test_a_short_run_of_digits_or_a_part_of_a_word_is_no_phone_number(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-28",
        "since 2026-01-28.",
        "2026-01-28T02:59:54.123456Z",
        "2026-01-28 02:59:54",
        "2026-01-28 02.59.54",
        "2026-01-28 2026-01-29",
        "2026-01-28/2026-01-29",
    ],
)
def test_calendar_dates_stay_as_they_are(text: str) -> None:
    assert mask(text) == text


def test_a_phone_number_after_a_date_is_masked() -> None:
    assert mask("2026-01-28 0151 12345678") == "2026-01-28 <phone>"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Ada Lovelace", "<name>"),
        ("ada-lovelace", "<name>"),
        ("ADA_LOVELACE", "<name>"),
        ("lovelace, ada", "<name>"),
        ("for.ada.lovelace.today", "for.<name>.today"),
        ("adalovelace", "<name>"),
        ("Ada  -  Lovelace", "<name>"),
        ("/thanks/Ada%20Lovelace", "/thanks/<name>"),
        ("/q=x%20Ada%20Lovelace%21", "/q=x <name>!"),
        ("ada.lovelace@example.org", "<email>"),
        ("Ada.Lovelace@Example.Org", "<email>"),
        ("ada-lovelace-example-org", "<email>"),
        ("analytical engines ltd", "<company>"),
        ("import_4915112345678", "import_<phone>"),
        ("import_49-151-12345678", "import_<phone>"),
    ],
)
def test_a_contacts_own_values_are_masked_in_any_case_and_with_any_separators(
    text: str, masked: str
) -> None:
    assert mask(text, ADA) == masked


@pytest.mark.parametrize("text", ["Canada Lovelaces", "ada", "Adam Lovelace"])
def test_other_words_that_contain_or_resemble_a_value_stay(text: str) -> None:
    assert mask(text, ADA) == text


def test_a_value_is_found_whether_its_accents_are_composed_or_not() -> None:
    own = [("name", "Jos\u00e9 M\u00fcller")]

    assert mask("for jose\u0301 mu\u0308ller today", own) == "for <name> today"
    assert mask("for jos\u00e9 m\u00fcller today", [("name", "Jose\u0301 Mu\u0308ller")]) == (
        "for <name> today"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Jose Alvarez",
        "JOSE-ALVAREZ",
        "Jos\u00e9 Alvarez",
        "Jose\u0301 A\u0301lvarez",
        "\uff2a\uff4f\uff53\uff45 \uff21\uff4c\uff56\uff41\uff52\uff45\uff5a",
        "\U0001d409\U0001d428\U0001d42c\U0001d41e Alvarez",
        "\u24bf\u24de\u24e2\u24d4 Alvarez",
        "alvarez, jose",
    ],
)
def test_a_value_is_found_without_its_accents_and_in_wide_letters(text: str) -> None:
    own = [("name", "Jos\u00e9 \u00c1lvarez")]

    assert mask(f"/t\u00fcr/{text}/x", own) == "/t\u00fcr/<name>/x"


def test_a_value_without_accents_is_found_with_them() -> None:
    own = [("name", "Jose Alvarez")]

    assert mask("f\u00fcr jos\u00e9 a\u0301lvarez\u0301!", own) == "f\u00fcr <name>!"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\u0141ukasz Gro\u00df", "lukasz gross"),
        ("S\u00f8ren \u0110uri\u0107", "Soren Duric"),
        ("I\u015f\u0131k \u0130nan", "isik inan"),
        ("Ste\ufb03 Berg", "STEFFI BERG"),
        ("Zo\u1f80ya", "ZO\u1f08\u0399YA"),
    ],
)
def test_a_value_is_found_as_people_write_it_in_plain_letters(value: str, text: str) -> None:
    assert mask(f"for {text} today", [("name", value)]) == "for <name> today"
    assert mask(f"for {value} today", [("name", text)]) == "for <name> today"


def test_an_address_and_a_number_are_found_in_wide_characters() -> None:
    own = [("email", "ada@example.org"), ("customer_no", "4711")]

    assert mask_own("\uff41\uff44\uff41\uff20example.org", own) == "<email>"
    assert mask_own("no \uff14\uff17\uff11\uff11", own) == "no <customer_no>"


def test_several_values_in_one_text_are_each_masked_in_their_place() -> None:
    own = [("name", "Zo\u00eb M\u00fcller"), ("company", "B\u00fccher AG")]

    masked = mask_own("\u00e4 Zoe Muller \ufb01 zo\u00eb-m\u00fcller \u00f6 bucher ag \u00fc", own)

    assert masked == "\u00e4 <name> \ufb01 <name> \u00f6 <company> \u00fc"


def test_the_letters_of_a_sign_are_no_part_of_the_word_before_it() -> None:
    assert mask("by Analytical Engines Ltd\u2122 \u00e9", ADA) == "by <company>\u2122 \u00e9"


@pytest.mark.parametrize(
    "text", ["Jos\u00e9ph \u00c1lvarez", "Jose\u0301s Alvarez", "\uff21lvarezjos\u00e9"]
)
def test_longer_words_that_begin_like_a_value_without_accents_stay(text: str) -> None:
    assert mask_own(text, [("name", "Jos\u00e9 \u00c1lvarez")]) == text


def test_single_words_are_masked_in_prose_without_their_accents() -> None:
    own = [("name", "Jos\u00e9 \u00c1lvarez")]

    assert mask_prose("alvarez (JOSE) f\u00fcr", own) == "<name> (<name>) f\u00fcr"


def test_a_name_of_short_syllables_counts_its_letters_as_they_are_written() -> None:
    own = [("name", "\uae40 \ubbfc\uc218")]

    assert mask_prose("\uae40 \ubbfc\uc218", own) == "<name>"
    assert mask_prose("\uae40", own) == "\uae40"


def test_the_longer_words_of_a_name_are_found_in_a_place_without_their_accents() -> None:
    own = [("name", "Jos\u00e9 \u00c1lvarez")]

    assert mentioned_in_place("web /alvarez", own) == [own[0], ("name", "alvarez")]
    assert mask("/alvarez", mentioned_in_place("web /alvarez", own)) == "/<name>"


def test_a_value_without_a_letter_is_not_looked_for() -> None:
    assert mask_own("a \u0301 - b", [("field", "\u0301")]) == "a \u0301 - b"


def test_a_value_with_signs_of_patterns_is_taken_literally() -> None:
    assert mask("a C++ (Berlin) b", [("company", "C++ (Berlin)")]) == "a <company>) b"
    assert mask("abc", [("company", ".*")]) == "abc"


def test_a_value_of_one_field_is_masked_by_that_name() -> None:
    assert mask("plan gold-2", [("field", "Gold 2")]) == "plan <field>"


def test_an_address_with_many_signs_before_its_at_sign_is_masked() -> None:
    assert mask("x a===@x.org y", [("email", "a===@x.org")]) == "x <email> y"


def test_prose_is_masked_word_by_word() -> None:
    text = "user lovelace (Ada) exists"

    assert mask_prose(text, [("name", "Ada Lovelace")]) == "user <name> (<name>) exists"


def test_the_words_of_an_addresss_local_part_are_masked_in_prose() -> None:
    own = [("email", "grace_hopper@example.org")]

    assert mask_prose("hopper of example", own) == "<email> of example"


def test_very_short_words_of_a_name_stay_in_prose() -> None:
    assert mask_prose("de la Cruz at la carte", [("name", "Jo de la Cruz")]) == (
        "de la <name> at la carte"
    )


def test_a_company_is_not_masked_word_by_word() -> None:
    assert mask_prose("engines are down", ADA) == "engines are down"


def test_single_words_of_a_name_stay_outside_prose() -> None:
    assert mask("lovelace-campaign", ADA) == "lovelace-campaign"


def test_a_quoted_local_part_belongs_to_the_address() -> None:
    assert mask_prose('to "ada lovelace"@example.org', ()) == "to <email>"


@pytest.mark.parametrize("text", ["ext12345678", "id_4915112345678"])
def test_a_phone_number_glued_to_a_word_is_masked_in_prose_only(text: str) -> None:
    assert mask_prose(text, ()).endswith("<phone>")
    assert mask("a" + text.replace("_", "")) == "a" + text.replace("_", "")


@pytest.mark.parametrize("text", ["2026-01-28T02:59:54.123456Z", "at 02:59:54.123456 it ended"])
def test_times_stay_in_prose(text: str) -> None:
    assert mask_prose(text, ()) == text
