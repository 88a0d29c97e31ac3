"""Where a row's bytes lie in a SQLite file (https://www.sqlite.org/fileformat2.html)."""

from collections.abc import Iterator

_TABLE_LEAF = 0x0D
_FIRST_PAGE_HEADER = 100
_LEAF_HEADER = 8


def page_size(raw: bytes) -> int:
    """Return the size of a file's pages."""
    return int.from_bytes(raw[16:18]) % 65535 or 65536


def records_with(raw: bytes, mark: bytes) -> list[range]:
    """Return where the rows lie that hold `mark`, their sizes and types included.

    Of a row that goes on in overflow pages, only the part that lies in its leaf.
    """
    return [cell for cell in _cells(raw) if mark in raw[cell.start : cell.stop]]


def _cells(raw: bytes) -> Iterator[range]:
    """Yield where each row of each table lies, from its size to the end of its record."""
    size = page_size(raw)
    for start in range(0, len(raw), size):
        header = start + (_FIRST_PAGE_HEADER if start == 0 else 0)
        if raw[header] != _TABLE_LEAF:
            continue
        for number in range(int.from_bytes(raw[header + 3 : header + 5])):
            pointer = header + _LEAF_HEADER + 2 * number
            cell = start + int.from_bytes(raw[pointer : pointer + 2])
            payload, place = _varint(raw, cell)
            _, place = _varint(raw, place)
            yield range(cell, place + _local(payload, size - raw[20]))


def _varint(raw: bytes, place: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    value = 0
    for end in range(place, place + 8):
        value = value << 7 | raw[end] & 0x7F
        if raw[end] < 0x80:
            return value, end + 1
    return value << 8 | raw[place + 8], place + 9


def _local(payload: int, usable: int) -> int:
    """Return how many bytes of a record lie in its leaf, with the number of its next page."""
    if payload <= usable - 35:
        return payload
    least = (usable - 12) * 32 // 255 - 23
    local = least + (payload - least) % (usable - 4)
    return (local if local <= usable - 35 else least) + 4
