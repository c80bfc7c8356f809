"""Nothing secret, and nothing but JSON, leaves the Kedro process.

**Keys.** A key's name is taken apart into words (``dbPassword``, ``DB-PASSWORD`` and
``db_password`` alike), and a pattern is compared with every run of up to four whole
words, with the whole name and with all words in one (``*apikey*`` means ``x_api_key``, too),
whatever the case. So ``auth`` means ``basic_auth`` and
``auth_header`` but not ``author``, and ``*token`` means ``hf_token`` and ``token_value``
but neither ``tokenizer`` nor ``max_tokens``; stars on both sides (``*password*``) find a
pattern anywhere. What is missed would be told to the world and what is redacted needlessly
only looks odd, so the defaults lean to the latter: ``secret_santa`` is redacted, too.

**Strings.** User info, queries and fragments of addresses, and values in ``name=value`` whose
name looks secret (connection strings, command lines), are redacted wherever they stand.

**Objects.** What JSON knows nothing of is told by the name of its class, and nothing that an
object does when it is looked at stops the rest from being told.
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
    "*passcode*",
    "pass",
    "pwd",
    "*secret*",
    "*token",
    "access_tokens",
    "api_tokens",
    "refresh_tokens",
    "jwt",
    "bearer",
    "*apikey*",
    "*accesskey*",
    "*account_key*",
    "*privatekey*",
    "*sshkey*",
    "*signing_key*",
    "*encryption_key*",
    "*shared_key*",
    "*storage_key*",
    "*credential*",
    "creds",
    "auth",
    "*oauth*",
    "authorization",
    "*connection_string*",
    "conn_str",
    "dsn",
    "*webhook*",
    "cookie",
    "cookies",
)
"""Patterns of the words in key names whose values are secret."""

_SIGNED = ("sig", "signature", "key")
"""Further names that are secret in the query of an address without a scheme."""

_CONTAINER = ("abfs:/", "abfss:/", "wasb:/", "wasbs:/")
"""Schemes of Azure, where what stands before the ``@`` is a container's name."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
# Up to the last @ before the path; where there is a ':' the secret may have a '/' or '@' in
# it. pathlib makes one slash of two.
_USER_INFO = re.compile(r"(?<=[\w+.-]{2}:/)(/?)(?:[^\s/?#:]{0,256}:\S{0,2048}|[^\s/?#]{0,2048})@")
_QUERY = re.compile(r"""([\w+.-]{2}:/[^\s"'<>?#]*)([?#])[^\s"'<>]+""")
_NAME = re.compile(r"""([?&#]?)(?<![\w.-])([\w.-]{1,64})(?:\s?=\s?|["']\s?:\s?)""")
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
    """Return a text without what is secret in addresses, and without secret assignments.

    >>> redacted_text("https://host/file?X-Amz-Signature=f00&part=2 with password=x")
    'https://host/file?[redacted] with password=[redacted]'
    """
    addresses = _QUERY.sub(rf"\1\2{REDACTED}", _without_user_info(text, f"{REDACTED}@"))
    return _without_assigned(addresses, tuple(patterns))


def bare_address(address: str) -> str:
    """Return an address without user info, query and fragment.

    >>> bare_address("s3://key:secret@bucket/a.csv?versionId=3#top")
    's3://bucket/a.csv'
    >>> bare_address("abfs://container@account.dfs.core.windows.net/a.csv")
    'abfs://container@account.dfs.core.windows.net/a.csv'
    """
    return re.split(r"[?#]", _without_user_info(address, ""), maxsplit=1)[0]


def _without_user_info(text: str, mark: str) -> str:
    def told(found: re.Match[str]) -> str:
        is_container = ":" not in found[0] and text[: found.start()].endswith(_CONTAINER)
        return found[0] if is_container else f"{found[1]}{mark}"

    return _USER_INFO.sub(told, text)


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
    return "[circular]" if id(value) in above else _guarded(value, patterns, (*above, id(value)))


def _guarded(value: object, patterns: tuple[str, ...], above: tuple[int, ...]) -> Any:
    try:
        return _inside(value, patterns, above)
    except Exception:  # noqa: BLE001 - objects of any class raise anything
        return _class_of(value)


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
    return _class_of(value)


def _class_of(value: object) -> str:
    kind = value if isinstance(value, type) else type(value)
    return f"<{kind.__module__}.{kind.__qualname__}>"
