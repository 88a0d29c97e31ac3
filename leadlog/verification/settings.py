"""Settings: those that a database is made with, and that they can be true."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from leadlog.clock import Zone
from leadlog.errors import LeadlogError
from leadlog.verification.hashing import digest
from leadlog.verification.problems import Findings

TABLE: Final = "settings"
_ONCE: Final = ("database_id", "timezone", "secret_sha256")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Settings:
    """What the rest of verification needs of the settings.

    Args:
        rows: id, key and value of each setting, by id.
        thresholds: the keys of settings that are whole numbers and may be set again.
        secret: the secret, or None if there is none.
        findings: where problems go.

    Attributes:
        secret: None if there is none.
        database_id: None if it can't be told.
        zone: None if it can't be told.
        thresholds: every value that a threshold was ever set to, as text.
    """

    def __init__(
        self,
        rows: Iterable[tuple[int, str, str]],
        thresholds: Sequence[str],
        secret: bytes | None,
        findings: Findings,
    ) -> None:
        self.thresholds: dict[str, set[str]] = {key: set() for key in thresholds}
        values = self._take(rows, findings)
        self.secret = secret
        self.database_id = values.get("database_id")
        if self.database_id is not None and _UUID.fullmatch(self.database_id) is None:
            findings.add(TABLE, None, "value", "setting", "The database id is not a UUID.")
        self.zone = _zone(values.get("timezone"), findings)
        if secret is None:
            findings.add("secrets", None, "secret", "setting", "The database's secret is missing.")
        elif "secret_sha256" in values and digest(secret) != values["secret_sha256"]:
            message = "The database's secret is not the one the settings name."
            findings.add("secrets", 1, "secret", "setting", message)

    def _take(self, rows: Iterable[tuple[int, str, str]], findings: Findings) -> dict[str, str]:
        """Return the setting of each key, the newest where it may be set again."""
        thresholds, values = self.thresholds, {}
        for id_, key, value in rows:
            if key not in _ONCE and key not in thresholds:
                findings.add(TABLE, id_, "key", "setting", f"Setting {id_} has an unknown key.")
            elif key in values and key in _ONCE:
                message = f"Setting {id_} makes {key} again, which is made once."
                findings.add(TABLE, id_, "key", "setting", message)
                continue
            elif key in thresholds and re.fullmatch(r"[0-9]{1,18}", value, re.ASCII) is None:
                message = f"Setting {id_}, {key}, is not a whole number."
                findings.add(TABLE, id_, "value", "setting", message)
            values[key] = value
            if key in thresholds:
                thresholds[key].add(value)
        for key in (*_ONCE, *thresholds):
            if key not in values:
                findings.add(TABLE, None, "key", "setting", f"The setting {key} is missing.")
        return values


def _zone(name: str | None, findings: Findings) -> Zone | None:
    if name is None:
        return None
    try:
        return Zone(name)
    except LeadlogError:
        message = "The time zone in the settings is not one that this machine knows."
        findings.add(TABLE, None, "value", "setting", message)
        return None
