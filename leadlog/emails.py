"""Email addresses: is it one, and in which form do we compare it.

`email-validator` is the judge. Most addresses are plain enough for a pattern that accepts a subset
of what it accepts and spares `submit` the 19 ms of importing it; a property test holds the two to
the same answer.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

MAX_BYTES = 254  # RFC 3696, erratum 1690

# RFC 5322 dot-atom before the @; after it ASCII labels (RFC 1123) without the `--` of IDNA, and a
# last label of letters only.
_PLAIN = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:-?[a-z0-9])*\.)+([a-z]{2,63})",
    re.ASCII,
)
# Special-use top-level names (RFC 6761 and others) that email-validator refuses.
_SPECIAL = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})


class Checked(NamedTuple):
    """What became of an address.

    Attributes:
        key: the form in which addresses of one person compare equal; there is one even for an
            invalid address, so that it can be found again and erased.
        problem: what is wrong with it, as a sentence without the address, or None.
    """

    key: str
    problem: str | None


def check(address: str) -> Checked:
    """Validate `address` by syntax alone (no DNS) and normalise it for comparing."""
    folded = address.strip().lower()
    # Only ASCII to begin with: some letters beyond it become ASCII when lowered (U+212A -> k).
    match = _PLAIN.fullmatch(folded) if address.isascii() and len(folded) <= MAX_BYTES else None
    if match is not None and match[1] not in _SPECIAL and _fits(folded[folded.rindex("@") + 1 :]):
        return Checked(folded, None)
    return _check_fully(address.strip())


@lru_cache(maxsize=1024)
def _fits(domain: str) -> bool:
    """Whether a plain domain keeps to the lengths of RFC 1035."""
    return len(domain) <= 253 and max(map(len, domain.split("."))) <= 63


@lru_cache(maxsize=1024)
def _check_fully(address: str) -> Checked:
    if len(address.encode("utf-8", "surrogatepass")) > 4 * MAX_BYTES:
        # No rule can make this an address; do not spend time on megabytes.
        return Checked(_plain_key(address), _TOO_LONG)
    from email_validator import EmailNotValidError, validate_email

    try:
        normal = validate_email(address, check_deliverability=False).normalized
    except (EmailNotValidError, UnicodeError, ValueError):
        return Checked(_plain_key(address), _explain(address))
    return Checked(_plain_key(normal), None)


def _plain_key(address: str) -> str:
    return unicodedata.normalize("NFC", address).strip().casefold()


_TOO_LONG = f"email: longer than the {MAX_BYTES} bytes an address may have"


def _explain(address: str) -> str:
    """Say in our own words what is wrong; the library's words quote the address."""
    local, at, domain = address.rpartition("@")
    if not at:
        return "email: there is no @ sign"
    if not domain:
        return "email: there is nothing after the @ sign"
    if not local:
        return "email: there is nothing before the @ sign"
    if len(address.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return _TOO_LONG
    if any(character.isspace() for character in address):
        return "email: there is a space in it"
    if "@" in local:
        return "email: there is more than one @ sign"
    if domain.rpartition(".")[2].lower() in _SPECIAL:
        return "email: its domain is reserved and receives no mail"
    if "." not in domain:
        return "email: the domain after the @ sign has no dot"
    return "email: this is not a valid address"
