"""What looks secret is told to nobody, and the rest is told as it is."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import string
from collections import namedtuple
from decimal import Decimal
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from kedro_wandb.settings.redaction import (
    DEFAULT_PATTERNS,
    REDACTED,
    bare_address,
    looks_secret,
    redacted,
    redacted_text,
)

SECRET = "tell-nobody"  # noqa: S105 - the tests look for it

SECRET_KEYS = [
    "password", "dbPassword", "DB-PASSWORD", "db_password", "db.password", "passwords",
    "MYSQL_PASSWD", "ssh_passphrase", "db_pwd", "client_secret", "AWSSecret", "token", "HFToken",
    "hf_token", "token_value", "accessToken", "access_tokens", "apiKey", "API_KEY", "X-Api-Key",
    "apikey", "aws_access_key_id", "AccountKey", "private_key_file", "credentials", "basic_auth",
    "auth_header", "oauth2", "Authorization", "connection_string", "connectionString", "Set-Cookie",
    "pass", "db_pass", "pwd", "PWD", "jwt", "ssh_key", "sshKey", "private_key", "PRIVATE_KEY",
    "bearer", "AWSAccessKeyId", "awsaccesskeyid", "dsn", "slack_webhook_url", "creds", "cookies",
    "api_tokens", "refreshTokens", "doorPasscode", "signing_key_v2", "dbEncryptionKey",
    "shared_key", "storage_key_1", "conn_str",
]  # fmt: skip

FALSE_FRIENDS = [
    "author", "authors", "authority", "tokenizer", "max_tokens", "n_tokens", "tokenize", "key",
    "sort_keys", "monkey", "keyboard", "access", "api", "pwdn", "cookiecutter", "passing", "seed",
    "connection", "price",
]  # fmt: skip

plain = st.none() | st.booleans() | st.integers() | st.text(string.ascii_letters + " ")
secrets = st.recursive(
    st.just(SECRET),
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(st.text(), inner, min_size=1),
    max_leaves=3,
)


@dataclasses.dataclass
class Options:
    """A dataclass whose field's name is not secret."""

    inner: Any


class Model(BaseModel):
    """As ``Options``, by pydantic."""

    inner: Any


Pair = namedtuple("Pair", "name inner")  # noqa: PYI024 - any named tuple will do

WRAPPINGS = [
    lambda inner: [0, inner],
    lambda inner: (inner,),
    lambda inner: {"seed": 1, "inner": inner},
    lambda inner: {7: inner},
    Options,
    lambda inner: Model(inner=inner),
    lambda inner: Pair("name", inner),
]


@st.composite
def buried(draw: st.DrawFn, held: st.SearchStrategy[Any]) -> Any:
    """A value some levels deep in everything that parameters may be made of."""
    value = draw(held)
    for wrap in draw(st.lists(st.sampled_from(WRAPPINGS), max_size=6)):
        value = wrap(value)
    return value


def as_text(value: object) -> str:
    return json.dumps(redacted(value), allow_nan=False, ensure_ascii=False)


# Keys


@given(buried(st.dictionaries(st.sampled_from(SECRET_KEYS), secrets, min_size=1)))
def test_no_secret_under_a_matching_key_survives(value: object) -> None:
    """At any depth, however it is packed, and whatever is below the key."""
    assert SECRET not in as_text(value)
    assert REDACTED in as_text(value)


@given(
    st.lists(st.sampled_from(["db", "the", "my2", "prod"]), max_size=2),
    st.sampled_from([p.strip("*") for p in DEFAULT_PATTERNS if p.strip("*") != "oauth"]),
    st.sampled_from(["snake", "kebab", "camel", "pascal", "shout", "dotted"]),
)
def test_words_are_found_in_every_way_of_writing(before: list[str], word: str, style: str) -> None:
    """The words of a key are the same in any style."""
    words = [*before, *word.split("_")]
    capital = [each.capitalize() for each in words]
    key = {
        "snake": "_".join(words),
        "kebab": "-".join(words),
        "camel": words[0] + "".join(capital[1:]),
        "pascal": "".join(capital),
        "shout": "_".join(words).upper(),
        "dotted": ".".join(words),
    }[style]
    assert looks_secret(key, DEFAULT_PATTERNS)


@pytest.mark.parametrize("key", SECRET_KEYS)
def test_secret_keys_are_known(key: str) -> None:
    """Each by its words, whatever the case."""
    assert redacted({key: SECRET, "seed": 3}) == {key: REDACTED, "seed": 3}


@pytest.mark.parametrize("key", FALSE_FRIENDS)
def test_false_friends_stay(key: str) -> None:
    """Words that only look alike are parameters like any other."""
    assert redacted({key: "ada"}) == {key: "ada"}


@given(
    st.recursive(
        plain,
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(FALSE_FRIENDS), inner),
        max_leaves=8,
    )
)
def test_what_is_not_secret_is_not_changed(value: object) -> None:
    """JSON comes out as it went in."""
    assert redacted(value) == value


def test_nothing_is_no_secret() -> None:
    """A key that holds nothing shows that, which helps to find out what is missing."""
    assert redacted({"api_key": None}) == {"api_key": None}


def test_ones_own_patterns_take_the_place_of_the_default() -> None:
    """With the same rules for words."""
    value = {"userPin": 1, "spinner": 2, "password": 3}
    assert redacted(value, ["pin"]) == {"userPin": REDACTED, "spinner": 2, "password": 3}


# Texts


@given(
    st.text(string.ascii_lowercase + "+-.", min_size=2, max_size=8),
    st.text(string.ascii_letters + string.digits + "%.-_", max_size=8),
    st.text(string.ascii_letters + string.punctuation, max_size=8),
    st.text(string.ascii_letters + string.punctuation, max_size=8),
)
def test_no_password_in_an_address_survives(
    scheme: str, user: str, before: str, after: str
) -> None:
    """Whatever characters it has, and also with one slash, as pathlib writes addresses."""
    for slashes in ("://", ":/"):
        address = f"{scheme}{slashes}{user}:{before}{SECRET}{after}@host/homes"
        told = redacted_text(f"from {address} to here")
        assert SECRET not in told
        assert told.endswith("@host/homes to here")
        assert SECRET not in as_text([address, {"seed": address}, {address: 1}])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://tell-nobody@host/a", "https://[redacted]@host/a"),
        ("s3://key:tell-nobody@bucket/a.csv", "s3://[redacted]@bucket/a.csv"),
        ("a https://a:tell-nobody@x b ftp://b:tell-nobody@y c",
         "a https://[redacted]@x b ftp://[redacted]@y c"),
        ("https://host/f?x=tell-nobody&part=2", "https://host/f?[redacted]"),
        ("see 'https://host/f#tell-nobody' (f)", "see 'https://host/f#[redacted]' (f)"),
        ("https:/host/f?tell-nobody", "https:/host/f?[redacted]"),  # as pathlib writes it
        ("https://a:tell-nobody@host/f?tell-nobody#x", "https://[redacted]@host/f?[redacted]"),
        ("/f?sig=tell-nobody&part=2", "/f?sig=[redacted]&part=2"),
        ("/f?a=1&signature=tell-nobody", "/f?a=1&signature=[redacted]"),
        ("/f?key=tell-nobody", "/f?key=[redacted]"),
        ("Server=db;Password=tell-nobody;Port=1", "Server=db;Password=[redacted];Port=1"),
        ("--params api_token=tell-nobody,seed=3", "--params api_token=[redacted],seed=3"),
        ("db.password = 'tell nobody'", "db.password = [redacted]"),
        ('{"api_key": "tell-nobody", "seed": 3}', '{"api_key": [redacted], "seed": 3}'),
    ],
)  # fmt: skip
def test_secrets_in_texts_are_found(text: str, told: str) -> None:
    """In addresses, queries, connection strings, command lines and JSON; the rest stays."""
    assert redacted_text(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "s3://bucket/homes@2024/a.csv",
        "https://host/f?",
        "abfs://container@account.dfs.core.windows.net/a.csv",
        "what is this? #2",
        "me@example.com",
        "author=ada max_tokens=20",
        "signature=left",
        "C:/Users/me@home/a.csv",
        "",
    ],
)
def test_harmless_texts_stay(text: str) -> None:
    """An @ or a = alone is no secret."""
    assert redacted_text(text) == text


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://host/f.csv?sig=tell-nobody", "https://host/f.csv"),
        ("https://host/f.csv#tell-nobody", "https://host/f.csv"),
        ("https://me:tell-nobody@host/f.csv", "https://host/f.csv"),
        ("simplecache::https://host/f.csv?tell-nobody", "simplecache::https://host/f.csv"),
        ("abfs://c@account/f.csv?sig=tell-nobody", "abfs://c@account/f.csv"),
        ("abfs://c:tell-nobody@account/f.csv", "abfs://account/f.csv"),
        ("s3://bucket/a@b/f.csv", "s3://bucket/a@b/f.csv"),
    ],
)
def test_an_address_is_written_bare(address: str, told: str) -> None:
    """What says where a file is stays, as a valid address; what opens the door goes."""
    assert bare_address(address) == told


@pytest.mark.parametrize("pattern", DEFAULT_PATTERNS)
def test_no_default_pattern_can_be_dropped(pattern: str) -> None:
    """Each finds a name that no other finds."""
    others = [each for each in DEFAULT_PATTERNS if each != pattern]
    name = pattern.strip("*")
    assert looks_secret(name, [pattern])
    assert looks_secret(name.upper(), [pattern.upper()])
    assert not looks_secret(name, others)


def _raise(*_: object) -> Any:
    raise RuntimeError(SECRET)


Unwilling = type("Unwilling", (), {"__getattr__": _raise, "__repr__": lambda _: SECRET})
"""A credential that raises at every question, and would tell itself as text."""

Unwalkable = type("Unwalkable", (dict,), {"items": _raise})


@pytest.mark.parametrize("kind", [Unwilling, Unwalkable, object])
def test_credentials_of_any_class_are_told_by_their_class(kind: type) -> None:
    """Whatever they do when they are looked at; what stands beside them is told."""
    told = redacted({"client": kind(), "seed": 3})
    assert told == {"client": f"<{kind.__module__}.{kind.__qualname__}>", "seed": 3}


def test_sets_of_mixed_types_are_sorted() -> None:
    """The same set is always told alike."""
    assert redacted({2, "a", None, (1, "b")}) == ["a", 2, [1, "b"], None]


def test_keys_are_texts_too() -> None:
    """An address may be a key, with its password."""
    assert redacted({"s3://a:tell-nobody@b": 1}) == {"s3://[redacted]@b": 1}


# JSON


class Colour(Enum):
    """Something that JSON does not know."""

    RED = "red"


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (dt.date(2024, 1, 8), "2024-01-08"),
        (dt.datetime(2024, 1, 8, 10, tzinfo=dt.UTC), "2024-01-08T10:00:00+00:00"),
        (dt.timedelta(days=1), "1 day, 0:00:00"),
        (PurePosixPath("data/a.csv"), "data/a.csv"),
        (Colour.RED, "red"),
        ({2, 1, 3}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ((1, "a"), [1, "a"]),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (True, True),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array([math.nan]), ["nan"]),
        (Options({"token": SECRET}), {"inner": {"token": REDACTED}}),
        (Model(inner=1), {"inner": 1}),
        (Pair("x", 1), {"name": "x", "inner": 1}),
        (Path, "<pathlib.Path>"),
        (dt.date, "<datetime.date>"),
        (Decimal(1), "<decimal.Decimal>"),
        (b"tell-nobody", "<builtins.bytes>"),
        (pd.DataFrame({"a": [1]}), "<pandas.DataFrame>"),
        ({1: "a", None: "b"}, {"1": "a", "None": "b"}),
    ],
)
def test_everything_becomes_json(value: object, told: object) -> None:
    """With its meaning, where JSON has it, else by the name of its class: never its content."""
    assert redacted(value) == told
    as_text(value)


@given(
    buried(
        st.floats() | st.complex_numbers() | st.dates() | st.binary() | st.timedeltas() | st.text()
    )
)
def test_the_result_is_json(value: object) -> None:
    """Whatever went in, and once redacted it stays so."""
    once = redacted(value)
    assert json.loads(as_text(value)) == once


def test_what_holds_itself_ends() -> None:
    """A list in itself, as parameters made by code may be."""
    value: list[Any] = [1]
    value.append({"again": value})
    assert redacted(value) == [1, {"again": "[circular]"}]


def test_what_is_there_twice_is_told_twice() -> None:
    """Only what is above itself is circular."""
    shared = {"seed": 3}
    assert redacted([shared, shared]) == [{"seed": 3}, {"seed": 3}]
