"""JavaScript patterns on the server: are they valid, and are they found in a text, in linear time.

Not a JavaScript engine: what RE2 cannot express (look-around, back references) is left to the
browser.
"""

import re
from functools import lru_cache

import re2  # type: ignore[import-untyped]  # the package has no type information

_SPACE = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_NOT_SPACE = (
    r"\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}"
    r"\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}"
)
_CLASSES = {"d": r"\d", "D": r"\D", "w": r"\w", "W": r"\W", "s": _SPACE, "S": _NOT_SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d+)(,(\d*))?\})\??", re.ASCII)
_GROUP = re.compile(r"\((?:\?(?:(:)|(=|!|<=|<!)|<([A-Za-z_$][\w$]*)>))?", re.ASCII)
_HEX = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})")
_CONTROL_LETTER = re.compile(r"c([A-Za-z])")
# Without the flag `u`, JavaScript sees a character beyond the first 65,536 as two units, the
# surrogates. RE2 has none: they become characters of private use, in patterns and in texts.
_SURROGATES = range(0xD800, 0xE000)
_BASIC_MAX = 0xFFFF
_UNITS_OFFSET = 0x100000 - 0xD800
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class InvalidPatternError(ValueError):
    """The pattern is not a regular expression of JavaScript."""


@lru_cache(maxsize=1024)
def problem(pattern: str) -> str | None:
    """Why JavaScript refuses a pattern, or None."""
    try:
        _Translation(pattern).run()
    except InvalidPatternError as invalid:
        return str(invalid)
    return None


def matches(pattern: str, flags: str, text: str) -> bool:
    """Whether a pattern is found in a text; true if only a browser can tell."""
    compiled = _compiled(pattern, flags)
    return compiled is None or compiled.search(_in_units(text)) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str, flags: str) -> "re2._Regexp | None":
    try:
        translated = _Translation(pattern).run()
    except InvalidPatternError:
        return None
    if translated is None:
        return None
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    try:
        return re2.compile(translated, options)
    except re2.error:
        return None


class _Translation:
    """One pass over a pattern of JavaScript without the flag `u`, writing RE2's notation."""

    def __init__(self, pattern: str) -> None:
        self.given = pattern
        self.pattern = _in_units(pattern)
        self.at = 0
        self.parts: list[str] = []
        self.browser_only = False

    def run(self) -> str | None:
        """The pattern for RE2, or None when only a browser can run it."""
        depth = 0
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            if character == "(":
                depth += 1
                self.open_group()
                continue
            if character in "|^$":
                self.write(character, 1)
                # An assertion cannot be repeated.
                if character != "|":
                    self.refuse_quantifier()
                continue
            if character == ")":
                depth -= 1
                if depth < 0:
                    self.refuse("Unmatched ')'")
                self.write(")", 1)
            elif character == "[":
                self.character_class()
            elif character == "\\":
                if self.escape():
                    self.refuse_quantifier()
                    continue
            elif character == ".":
                self.write(r"[^\n\r\x{2028}\x{2029}]", 1)
            else:
                self.refuse_quantifier()
                self.write(_literal(ord(character)), 1)
            self.quantifier()
        if depth > 0:
            self.refuse("Unterminated group")
        return None if self.browser_only else "".join(self.parts)

    def write(self, text: str, consumed: int) -> None:
        self.parts.append(text)
        self.at += consumed

    def refuse(self, reason: str) -> None:
        message = f"{reason} in the regular expression /{self.given[:200]}/"
        raise InvalidPatternError(message)

    def refuse_quantifier(self) -> None:
        if _QUANTIFIER.match(self.pattern, self.at):
            self.refuse("Nothing to repeat")

    def open_group(self) -> None:
        found = _GROUP.match(self.pattern, self.at)
        if found is None or (found.end() == self.at + 1 and self.pattern[self.at + 1 :][:1] == "?"):
            self.refuse("Invalid group")
            return
        self.browser_only |= found[2] is not None
        self.write("(" if found.end() == self.at + 1 else "(?:", found.end() - self.at)
        self.refuse_quantifier()

    def quantifier(self) -> None:
        """At most one quantifier, which may be lazy; a brace that is none is a character."""
        found = _QUANTIFIER.match(self.pattern, self.at)
        if found is None:
            return
        if found[3] and int(found[3][:9]) < int(found[1][:9]):
            self.refuse("Numbers out of order in a quantifier")
        self.write(found[0], len(found[0]))
        self.refuse_quantifier()

    def escape(self) -> bool:
        """An escape outside a class; true for a word boundary, which cannot be repeated."""
        following = self.pattern[self.at + 1 : self.at + 2]
        if following and following in "bB":
            self.write("\\" + following, 2)
            return True
        if following and following in "123456789k":
            self.browser_only = True
            self.at += 2
        elif following and following in "sS":
            self.write(f"[{_CLASSES[following]}]", 2)
        else:
            code, text = self.escaped()
            self.parts.append(text if code is None else _literal(code))
        return False

    def escaped(self) -> tuple[int | None, str]:
        """The code of an escaped character, or the text of an escaped set of characters."""
        rest = self.pattern[self.at + 1 : self.at + 6]
        if not rest:
            self.refuse("\\ at the end")
        letter = rest[:1]
        found = _HEX.match(rest) or _CONTROL_LETTER.match(rest)
        if letter in _CLASSES:
            self.at += 2
            return None, _CLASSES[letter]
        if letter in _CONTROLS:
            self.at += 2
            return _CONTROLS[letter], ""
        if found is not None:
            self.at += 1 + found.end()
            if letter == "c":
                return ord(found[1]) % 32, ""
            code = int(found[found.lastindex or 1], 16)
            return code, ""
        if letter == "c":
            # Without a letter after it, the backslash is a character.
            self.at += 1
            return ord("\\"), ""
        if letter.isdigit():
            # Octal numbers, apart from NUL, are left to the browser.
            self.browser_only |= letter != "0" or rest[1:2].isdigit()
            self.at += 2
            return 0, ""
        self.at += 2
        return _code(letter), ""

    def character_class(self) -> None:
        self.at += 1
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        members: list[str] = []
        while not self.pattern.startswith("]", self.at):
            low, text = self.class_member()
            is_range = self.pattern.startswith("-", self.at) and self.pattern[
                self.at + 1 : self.at + 2
            ] not in ("]", "")
            if not is_range:
                members.append(text if low is None else _literal(low))
                continue
            self.at += 1
            high, high_text = self.class_member()
            if low is None or high is None:
                members += [text if low is None else _literal(low), r"\-"]
                members.append(high_text if high is None else _literal(high))
            elif high < low:
                self.refuse("Range out of order in a character class")
            else:
                members += _ranges(low, high)
        self.at += 1
        if not members:
            self.parts.append(r"(?s:.)" if negated else r"[^\x{0}-\x{10ffff}]")
        else:
            self.parts.append(f"[{'^' if negated else ''}{''.join(members)}]")

    def class_member(self) -> tuple[int | None, str]:
        """One character of a class, or a set of characters in it."""
        if self.at >= len(self.pattern):
            self.refuse("Unterminated character class")
        character = self.pattern[self.at]
        if character != "\\":
            self.at += 1
            return _code(character), ""
        if self.pattern.startswith("\\b", self.at):
            self.at += 2
            return 8, ""
        return self.escaped()


def _in_units(text: str) -> str:
    """The text with every character that JavaScript sees as two units written as two."""
    if text.isascii():
        return text
    return _ASTRAL.sub(_pair, text)


def _pair(found: re.Match[str]) -> str:
    high, low = divmod(ord(found[0]) - 0x10000, 0x400)
    return chr(0x100000 + high) + chr(0x100400 + low)


def _code(character: str) -> int:
    """The code of a character as JavaScript has it."""
    code = ord(character)
    return code - _UNITS_OFFSET if code > _BASIC_MAX else code


def _ranges(low: int, high: int) -> list[str]:
    """A range of a character class, in which the surrogates have a place of their own."""
    parts = [
        (low, min(high, _SURROGATES.start - 1)),
        (max(low, _SURROGATES.start), min(high, _SURROGATES.stop - 1)),
        (max(low, _SURROGATES.stop), high),
    ]
    return [f"{_literal(first)}-{_literal(last)}" for first, last in parts if first <= last]


def _literal(code: int) -> str:
    if code in _SURROGATES:
        code += _UNITS_OFFSET
    character = chr(code)
    if character.isascii() and character.isalnum():
        return character
    return f"\\x{{{code:x}}}"
