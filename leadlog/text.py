"""Making text from outside harmless before a person sees it."""


def safe(text: str) -> str:
    r"""Return `text` with everything that could act on a terminal as a visible escape.

    Control, format, surrogate, private-use and unassigned characters, bidirectional overrides and
    line separators become escapes such as `\x1b` or `\u202e`; spaces other than U+0020 are kept.
    The result holds no newline. Apply it to anything that was not written in this program.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or _is_space(c) else _escape(c) for c in text)


def cut(text: str, width: int) -> str:
    """Return `text` in at most `width` characters, with an ellipsis where it was cut."""
    return text if len(text) <= width else text[: width - 1] + "…"


def _is_space(character: str) -> bool:
    # str.isprintable() is false for every separator but the plain space (category Zs is harmless).
    return character.isspace() and character not in "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
