"""Nothing secret, and nothing but JSON, leaves the Kedro process.

**Keys.** A key's name is taken apart into words (``dbPassword``, ``DB-PASSWORD`` and
``db_password`` alike), and a pattern is compared with every run of up to four whole
words and with the whole name, whatever the case. So ``auth`` means ``basic_auth`` and
``auth_header`` but not ``author``, and ``*token`` means ``hf_token`` and ``token_value``
but neither ``tokenizer`` nor ``max_tokens``; stars on both sides (``*password*``) find a
pattern anywhere. What is missed would be told to the world and what is redacted needlessly
only looks odd, so the defaults lean to the latter: ``secret_santa`` is redacted, too.

**Strings.** User info in addresses, and values in ``name=value`` whose name looks secret
(query parameters, connection strings, command lines), are redacted wherever they stand.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import PurePath
from typing import Any

REDACTED = "[redacted]"

DEFAULT_PATTERNS = (
    "*password*",
    "*passwd*",
    "*passphrase*",
    "pwd",
    "pass",
    "jwt",
    "*ssh_key*",
    "*secret*",
    "*token",
    "access_tokens",
    "api_tokens",
    "auth_tokens",
    "refresh_tokens",
    "*api_key*",
    "*apikey*",
    "*access_key*",
    "*account_key*",
    "*private_key*",
    "*credential*",
    "auth",
    "*oauth*",
    "authorization",
    "connection_string",
    "cookie",
)
"""Patterns of the words in key names whose values are secret."""

_SIGNED = ("sig", "signature", "*token", "key", "*credential*", "awsaccesskeyid")
"""Further names that are secret in the query of an address."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
# Up to the last @ before the path; where there is a ':' the secret may have a '/' or '@' in
# it. pathlib makes one slash of two.
_USER_INFO = re.compile(r"(?<=[\w+.-]{2}:/)(/?)(?:[^\s/?#:]{0,256}:\S{0,2048}|[^\s/?#]{0,2048})@")
_NAME = re.compile(r"""([?&#]?)(?<![\w.-])([\w.-]{1,64})(?:\s?=\s?|["']\s?:\s?)""")
_HIDDEN = re.compile(r"[?#].*", re.DOTALL)
_QUERIES = re.compile(r"(\w[\w+.-]+:/[^\s?#]*)[?#]\S*")
_VALUE = re.compile(r"""\s*("[^"]*"|'[^']*'|[^\s&;,)]*)""")
_LONGEST_RUN = 4
"""Words of a key that are looked at together."""


def redacted(value: object, patterns: Iterable[str] = DEFAULT_PATTERNS) -> Any:
    """Return a value as JSON has it, without what is secret.

    Args:
        value: Anything. Dates become ISO 8601, paths text, tuples and sets lists (sets
            sorted), models and dataclasses mappings, NaN and infinities text; objects
            that JSON knows nothing of become the name of their class.
        patterns: Of the words in key names whose values are secret.

    >>> redacted({"db": {"password": "x", "url": "s3://key:secret@bucket/a"}, "share": 0.2})
    {'db': {'password': '[redacted]', 'url': 's3://[redacted]@bucket/a'}, 'share': 0.2}
    """
    return _redacted(value, tuple(patterns), ())


def looks_secret(key: str, patterns: Iterable[str]) -> bool:
    """Return whether a key's name has words that match a pattern.

    >>> [looks_secret(key, DEFAULT_PATTERNS) for key in ("HFToken", "max_tokens", "author")]
    [True, False, False]
    """
    return _matches(key, tuple(patterns))


def redacted_text(text: str, patterns: Iterable[str] = DEFAULT_PATTERNS) -> str:
    """Return a text without user info in addresses and without secret assignments.

    >>> redacted_text("https://host/file?X-Amz-Signature=f00&part=2")
    'https://host/file?X-Amz-Signature=[redacted]&part=2'
    """
    return without_user_info(_without_assigned(text, tuple(patterns)))


def without_user_info(text: str) -> str:
    """Return a text without the names and passwords in its addresses.

    >>> without_user_info("s3://key:secret@bucket/a.csv")
    's3://[redacted]@bucket/a.csv'
    """
    return _USER_INFO.sub(rf"\1{REDACTED}@", text)


def public_address(address: str) -> str:
    """Return an address without user info, query and fragment.

    >>> public_address("https://me:secret@host/f.csv?sig=f00#top")
    'https://[redacted]@host/f.csv'
    """
    return _HIDDEN.sub("", without_user_info(address))


def without_queries(text: str) -> str:
    """Return a text whose addresses have lost user info, queries and fragments.

    >>> without_queries("not found: https://host/f.csv?sig=f00")
    'not found: https://host/f.csv'
    """
    return _QUERIES.sub(r"\1", without_user_info(text))


def _without_assigned(text: str, patterns: tuple[str, ...]) -> str:
    kept, at = [], 0
    for found in _NAME.finditer(text):
        secret = (*patterns, *_SIGNED) if found[1] else patterns
        value = _VALUE.match(text, found.end())
        if found.start() >= at and value and value[1] and _matches(found[2], secret):
            kept += [text[at : value.start(1)], REDACTED]
            at = value.end()
    return "".join([*kept, text[at:]])


@lru_cache(maxsize=4096)
def _matches(key: str, patterns: tuple[str, ...]) -> bool:
    words = [word.lower() for word in _WORD.findall(key)]
    runs = {
        "_".join(words[start:stop])
        for start in range(len(words))
        for stop in range(start + 1, start + 1 + _LONGEST_RUN)
    }
    runs |= {key.lower(), "".join(words)}
    return any(fnmatchcase(run, pattern.lower()) for pattern in patterns for run in runs)


def _redacted(value: object, patterns: tuple[str, ...], above: tuple[int, ...]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return _redacted(value.value, patterns, above)
    if isinstance(value, str | PurePath):
        return redacted_text(str(value), patterns)
    if isinstance(value, int | float):
        return _number(value)
    return "[circular]" if id(value) in above else _inside(value, patterns, (*above, id(value)))


def _inside(value: object, patterns: tuple[str, ...], above: tuple[int, ...]) -> Any:
    if (mapping := _as_mapping(value)) is not None:
        return {
            redacted_text(str(key), patterns): REDACTED
            if below is not None and _matches(str(key), patterns)
            else _redacted(below, patterns, above)
            for key, below in mapping.items()
        }
    if isinstance(value, AbstractSet):
        return sorted((_redacted(each, patterns, above) for each in value), key=json.dumps)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [_redacted(each, patterns, above) for each in value]
    return _single(value, patterns, above)


def _number(value: float) -> float | int | str:
    if isinstance(value, int):
        return int(value)
    return float(value) if math.isfinite(value) else str(float(value))


def _as_mapping(value: object) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    for name in ("model_dump", "_asdict"):  # pydantic's models and named tuples
        if callable(dump := getattr(value, name, None)):
            return dict(dump())
    return None


def _single(value: object, patterns: tuple[str, ...], above: tuple[int, ...]) -> Any:
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta | complex):
        return str(value)
    # numpy's scalars and arrays
    if hasattr(value, "dtype") and callable(plain := getattr(value, "tolist", None)):
        below = plain()
        return str(value) if hasattr(below, "dtype") else _redacted(below, patterns, above)
    kind = value if isinstance(value, type) else type(value)
    return f"<{kind.__module__}.{kind.__qualname__}>"
