"""Write `two-weeks.ndjson`, a sample of two weeks in the life of a team that collects leads.

    python examples/make_two_weeks.py > examples/two-weeks.ndjson

Every line is one attempt as `leadlog record --file` takes it. Nobody in it exists: names are made
up, addresses are at example.com, example.net and example.org (RFC 2606), phone numbers come from
ranges kept free for fiction. The same bytes come out on every run and every machine.

Four things are hidden in it, to be found with `leadlog failures`:

- On Thursday, 13 November, the CRM behind `partner-acme` answers 500 from 14:00 to 17:00.
- Since Wednesday, 12 November, the form on /webinar lets bad addresses through.
- Every night `import-batch` sends more within one minute than its limit of 12 allows.
- The CRM had failed once before, on 4 November, and times out for the first time on 11 November.
"""

import json
import random
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2025, 11, 3)
LAST_DAY = date(2025, 11, 16)
FORM_CHANGED = date(2025, 11, 12)
CRM_BROKE = date(2025, 11, 13)
CRM_FAILED_BEFORE = date(2025, 11, 4)
CRM_SLOW_SINCE = date(2025, 11, 11)
BATCH_LIMIT = 12

Record = dict[str, Any]
Choice = TypeVar("Choice")

FIRST_NAMES = (
    *("Ada", "Amara", "Bram", "Carla", "Chidi", "Dana", "Elif", "Emil", "Farid", "Greta"),
    *("Hana", "Ines", "Jonas", "Kaya", "Lars", "Linnea", "Mateo", "Mira", "Nadia", "Noor"),
    *("Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Yusuf"),
)
LAST_NAMES = (
    *("Abel", "Brandt", "Castell", "Demir", "Ekström", "Fabel", "Gruber", "Holm", "Ivers"),
    *("Jansen", "Kowal", "Lindqvist", "Moreau", "Novak", "Okoro", "Pereira", "Quist", "Richter"),
    *("Sørby", "Tanaka", "Ulmer", "Vidal", "Weiss", "Ximenes", "Yilmaz", "Zeller"),
)
COMPANIES = ("Bergwerk Studio", "Halden Logistik", "Kite & Compass", "Nordlicht Labs", "Tern Ltd")
DOMAINS = ("example.com", "example.net", "example.org")
PLAIN = str.maketrans({"ö": "oe", "ø": "oe"})

SITE_PAGES = ("/pricing", "/pricing", "/contact", "/contact", "/demo", "/webinar", "/webinar")
BAD_ADDRESSES = (
    ("{local}@", "nothing after the @ sign"),
    ("{local}example.org", "no @ sign"),
    ("{local}@example", "the domain has no dot"),
    ("{local} @example.com", "a space in the address"),
)
OTHER_FAILURES = (
    ("rejected", "spam_suspected", "the spam filter scored the message 0.97", "site-form"),
    ("internal", "form_exception", "KeyError in the form handler", "site-form"),
    ("conflict", "request_id_reused", "request id was used for another lead", "site-form"),
    ("malformed", "invalid_json", "unexpected end of the request body", "partner-acme"),
    ("unknown_user", "unknown_api_key", "no partner has this API key", "partner-nova"),
    ("validation", "missing_name", "name is required", "newsletter"),
    ("rejected", "out_of_region", "leads from this country are not served", "partner-nova"),
)


class Sample:
    """Makes attempts; uses only `random()`, whose numbers are the same in every Python version."""

    def __init__(self) -> None:
        self._random = random.Random(20251116)  # noqa: S311  # a sample, not a secret
        self._accepted: list[Record] = []

    def attempts(self) -> Iterator[Record]:
        """Yield every attempt of the two weeks, in order of time."""
        day = FIRST_DAY
        while day <= LAST_DAY:
            records = [*self._night(day), *self._daytime(day), *self._afternoon(day)]
            records.sort(key=lambda record: record["occurred_at"])
            for number, record in enumerate(records, 1):
                record["request_id"] = f"{record['user']}-{day:%Y%m%d}-{number:03}"
            yield from records
            day += timedelta(days=1)

    def _night(self, day: date) -> Iterator[Record]:
        """Yield the nightly import: one burst within one minute, beyond its limit."""
        for place in range(BATCH_LIMIT + self._below(3) + 1):
            when = datetime(day.year, day.month, day.day, 2, 30, 2 + 3 * place, tzinfo=ZONE)
            record = self._person("import-batch", "crm-import", "/import/nightly", when)
            if place >= BATCH_LIMIT:
                error = f"{BATCH_LIMIT} of {BATCH_LIMIT} in this minute"
                self._fail(record, "rate_limited", "limit_exceeded", error, milliseconds=4)
            yield record

    def _daytime(self, day: date) -> Iterator[Record]:
        """Yield what people and partners submit over a day, fewer at weekends."""
        count = (12 if day.weekday() >= 5 else 28) + self._below(5)
        for _ in range(count):
            draw = self._below(20)
            if draw < 11:
                record = self._site_form(day)
            elif draw < 15:
                record = self._person("newsletter", "mail", "/newsletter", self._time(day))
            elif draw < 18:
                record = self._partner("partner-acme", day)
            else:
                record = self._partner("partner-nova", day)
            self._spoil(record, day)
            if record["outcome"] == "success":
                self._accepted.append(record)
            yield record

    def _afternoon(self, day: date) -> Iterator[Record]:
        """Yield what breaks upstream: one afternoon of it, and a sign nine days earlier."""
        if day == CRM_FAILED_BEFORE:
            times = [(15, 20), (15, 24)]
        elif day == CRM_BROKE:
            times = [(14 + minute // 60, minute % 60) for minute in range(3, 178, 6)]
        else:
            times = []
        for hour, minute in times:
            when = datetime(
                day.year, day.month, day.day, hour, minute, self._below(60), tzinfo=ZONE
            )
            record = self._person("partner-acme", "partner-feed", "/partners/acme", when)
            error = "the CRM answered 500 Internal Server Error"
            self._fail(record, "upstream", "crm_500", error, milliseconds=900 + self._below(400))
            record["context"] = {"endpoint": "crm/leads", "http_status": 500}
            yield record

    def _site_form(self, day: date) -> Record:
        page = self._pick(SITE_PAGES)
        source = self._pick(("web", "web", "web", "ads", "social"))
        record = self._person("site-form", source, page, self._time(day))
        change = page == "/webinar" and day >= FORM_CHANGED
        if self._below(100) < (70 if change else 3):
            self._misspell(record)
        return record

    def _partner(self, handle: str, day: date) -> Record:
        when = self._time(day)
        if day == CRM_BROKE and 14 <= when.hour < 17:
            when += timedelta(hours=4)  # nothing of a partner's arrives while the CRM is down
        page = f"/partners/{handle.removeprefix('partner-')}"
        record = self._person(handle, "partner-feed", page, when)
        record["company"] = self._pick(COMPANIES)
        return record

    def _spoil(self, record: Record, day: date) -> None:
        """Let a few of a day's attempts fail, in all the ways there are."""
        if record["outcome"] == "failure":
            return
        draw = self._below(100)
        if draw < 6:
            self._repeat(record)
        elif draw < 12:
            known = [failure for failure in OTHER_FAILURES if failure[3] == record["user"]]
            category, code, error, _ = self._pick(known)
            self._fail(record, category, code, error, milliseconds=20 + self._below(40))
        elif draw < 15 and day >= CRM_SLOW_SINCE:
            error = "the CRM did not answer within 10 s"
            self._fail(record, "timeout", "crm_timeout", error, milliseconds=10_000)

    def _repeat(self, record: Record) -> None:
        """Let a person come again who was there already."""
        same = [r for r in self._accepted if (r["user"], r["page"]) == _place(record)]
        if not same:
            return
        earlier = self._pick(same)
        for key in ("name", "email"):
            record[key] = earlier[key]
        error = "this address was already submitted for this page"
        self._fail(record, "duplicate", "duplicate_lead", error, milliseconds=12 + self._below(20))

    def _misspell(self, record: Record) -> None:
        pattern, error = self._pick(BAD_ADDRESSES)
        record["email"] = pattern.format(local=record["email"].partition("@")[0])
        self._fail(record, "validation", "invalid_email", error, milliseconds=8 + self._below(12))

    def _person(self, user: str, source: str, page: str, when: datetime) -> Record:
        first, last = self._pick(FIRST_NAMES), self._pick(LAST_NAMES)
        local = f"{first}.{last}".lower().translate(PLAIN) + str(self._below(90) + 10)
        record: Record = {
            "user": user,
            "name": f"{first} {last}",
            "email": f"{local}@{self._pick(DOMAINS)}",
            "source": source,
            "page": page,
            "occurred_at": when.isoformat(),
            "outcome": "success",
            "duration_ms": 120 + self._below(260),
        }
        if self._below(3) == 0:
            record["phone"] = self._phone()
        return record

    def _phone(self) -> str:
        """Return a number from a range that is kept free for fiction (US, UK, Germany)."""
        number = self._below(100)
        patterns = (f"+1 202 555 01{number:02}", f"+44 20 7946 00{number:02}")
        return self._pick((*patterns, f"+49 30 23125 0{number:02}"))

    def _time(self, day: date) -> datetime:
        """Return a time of the day, most often in the hours when people work."""
        hour = 7 + (self._below(8) + self._below(8)) * 15 // 14
        second = self._below(3600)
        return datetime(day.year, day.month, day.day, hour, second // 60, second % 60, tzinfo=ZONE)

    @staticmethod
    def _fail(record: Record, category: str, code: str, error: str, *, milliseconds: int) -> None:
        stated = {"outcome": "failure", "category": category, "code": code, "error": error}
        record.update(stated, duration_ms=milliseconds)

    def _below(self, end: int) -> int:
        return int(self._random.random() * end)

    def _pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self._below(len(choices))]


def _place(record: Record) -> tuple[str, str]:
    return record["user"], record["page"]


def sample() -> str:
    """Return the whole sample, one JSON object a line."""
    lines = [json.dumps(record, ensure_ascii=False) for record in Sample().attempts()]
    return "".join(line + "\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.buffer.write(sample().encode())
