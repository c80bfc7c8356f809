"""What is refused, and how it is told; nothing that is sent makes the service fail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving_tools import GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

    from httpx import Response
    from starlette.testclient import TestClient

HEADERS = {"Content-Type": "application/json"}


@pytest.fixture
def post(client: TestClient) -> Callable[[str | bytes], Response]:
    """Send a body as it is."""
    return lambda body: client.post("/estimates", content=body, headers=HEADERS)


@pytest.mark.parametrize(
    ("change", "field", "value", "rule"),
    [
        ({"latitude": 91}, "latitude", 91, "a number between -90 and 90"),
        ({"latitude": "40.6"}, "latitude", "40.6", "a number between -90 and 90"),
        ({"latitude": True}, "latitude", True, "a number between -90 and 90"),
        ({"latitude": None}, "latitude", None, "a number between -90 and 90"),
        ({"longitude": [1, {"a": 2}]}, "longitude", '[1, {"a": 2}]', "a number between"),
        ({"longitude": 10**400}, "longitude", "more than 1e308", "a number between"),
        ({"room_type": 3}, "room_type", 3, "a text"),
        ({"name": {"en": "Flat"}}, "name", '{"en": "Flat"}', "a text"),
        ({"minimum_nights": -1}, "minimum_nights", -1, "a whole number, at least 0"),
        ({"minimum_nights": 1.5}, "minimum_nights", 1.5, "a whole number, at least 0"),
        ({"minimum_nights": 2**53 + 2}, "minimum_nights", 2**53 + 2, "a whole number"),
        ({"reviews_per_month": -0.1}, "reviews_per_month", -0.1, "a number, at least 0"),
        ({"last_review": "2019-02-30"}, "last_review", "2019-02-30", "a date as YYYY-MM-DD"),
        ({"last_review": "30/01/2019"}, "last_review", "30/01/2019", "a date as YYYY-MM-DD"),
        ({"last_review": ""}, "last_review", "", "a date as YYYY-MM-DD"),
        ({"delivered_on": 2019}, "delivered_on", 2019, "a date as YYYY-MM-DD"),
        ({"id": 1.0}, "id", 1.0, "a whole number of at most 64 bits"),
        ({"id": 2**63}, "id", "9.223372036854776e+18", "a whole number of at most 64 bits"),
        ({"latitud": 40.6}, "latitud", 40.6, "a column of a listing (did you mean 'latitude'?)"),
    ],
)
def test_a_wrong_value_is_told_with_field_value_and_rule(
    client: TestClient, change: dict[str, Any], field: str, value: object, rule: str
) -> None:
    """Alone, and in a list with its position."""
    alone = client.post("/estimates", content=json.dumps(GOOD | change), headers=HEADERS)
    listed = json.dumps({"listings": [GOOD, GOOD | change]})
    among = client.post("/estimates", content=listed, headers=HEADERS)
    for answer, where in ((alone, field), (among, f"listings[1].{field}")):
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        (error,) = told["errors"]
        assert (error["field"], error["value"]) == (where, value)
        assert error["rule"].startswith(rule)
        assert told["title"] == "Unprocessable Entity"
        assert (told["status"], told["instance"]) == (422, "/estimates")
        assert told["detail"].startswith(where)
        assert told["request_id"] == answer.headers["X-Request-ID"]


def test_a_field_that_is_needed_and_not_there_is_told(client: TestClient) -> None:
    """With what it would have to be."""
    (error,) = client.post("/estimates", json={**GOOD, "latitude": 1} | {}).json()["estimates"]
    assert "outside" in error["reason"]
    without = {name: value for name, value in GOOD.items() if name != "room_type"}
    (missing,) = client.post("/estimates", json=without).json()["errors"]
    assert missing == {"field": "room_type", "value": None, "rule": "there: a text"}


def test_limits_are_allowed_and_what_lies_beyond_is_not(client: TestClient) -> None:
    """Both sides of each limit of a number."""
    for name, ends in {"latitude": (-90, 90), "longitude": (-180, 180)}.items():
        for end, step in zip(ends, (-1, 1), strict=True):
            assert client.post("/estimates", json=GOOD | {name: end}).status_code == 200
            beyond = client.post("/estimates", json=GOOD | {name: end + step * 1e-9})
            assert beyond.status_code == 422
    largest = client.post("/estimates", json=GOOD | {"id": 2**63 - 1})
    assert largest.json()["estimates"][0]["id"] == 2**63 - 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "3",
        '"text"',
        "{",
        "{}",
        '{"listings": []}',
        '{"listings": {}}',
        '{"listings": [3]}',
        '{"listings": [[]]}',
        '{"listings": [null]}',
        '{"listings": [%s], "similar": 21}',
        '{"listings": [%s], "similar": -1}',
        '{"listings": [%s], "similar": 1.0}',
        '{"listings": [%s], "similar": true}',
        '{"listings": [%s], "explain": 1}',
        '{"listings": [%s], "explain": null}',
        '{"listings": [%s], "explian": true}',
        '{"listings": [%s], "listings": [%s]}',
        '{"latitude": NaN, "longitude": 1, "room_type": "x"}',
        '{"latitude": Infinity, "longitude": 1, "room_type": "x"}',
        '{"latitude": 1, "longitude": -Infinity, "room_type": "x"}',
        '{"latitude": 1e999, "longitude": 1, "room_type": "x"}',
        '{"latitude": 1, "latitude": 2, "longitude": 1, "room_type": "x"}',
        '{"latitude": %s, "longitude": 1, "room_type": "x"}' % ("9" * 5000),
        '{"latitude": %s, "longitude": 1, "room_type": "x"}' % ("9" * 400),
        "[" * 100_000,
        '{"name": ' + "[" * 900 + "]" * 900 + ', "latitude": 1, "longitude": 1, "room_type": "x"}',
        '{"\ud800": 1}',
        b"\xff\xfe{\x00}\x00",
        b'{"name": "\xc3\x28"}',
        b"\x00",
    ],
)
def test_what_is_no_question_is_unprocessable(
    post: Callable[[str | bytes], Response], body: str | bytes
) -> None:
    """Whatever it is instead."""
    if isinstance(body, str):
        body = body.replace("%s", json.dumps(GOOD)).encode("utf-8", "surrogatepass")
    answer = post(body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize(
    "name",
    ["\x00", "a\x00b", "\\ud800", "\\udfff\\ud800", "<script>", "=1+1", "\u2028", "😀" * 1000],
)
def test_odd_texts_are_priced_as_texts(post: Callable[[str | bytes], Response], name: str) -> None:
    """Titles, areas and room types may hold anything; an unknown room type is a reason."""
    text = name if name.startswith("\\u") else json.dumps(name)[1:-1]
    for field in ("name", "neighbourhood", "neighbourhood_group"):
        answer = post(json.dumps(GOOD | {field: "@"}).replace('"@"', f'"{text}"'))
        assert answer.status_code == 200
        assert answer.json()["estimates"][0]["price"] > 0
    answer = post(json.dumps(GOOD | {"room_type": "@"}).replace('"@"', f'"{text}"'))
    assert answer.status_code == 200
    assert "room type" in answer.json()["estimates"][0]["reason"]


def test_many_wrong_values_are_told_in_part(client: TestClient) -> None:
    """Twenty of them; the detail says how many there are."""
    bad = [GOOD | {"latitude": 100, "name": 3}] * 50
    told = client.post("/estimates", json={"listings": bad}).json()
    assert len(told["errors"]) == 20
    assert "100 values" in told["detail"]
    assert [each["field"] for each in told["errors"][:3]] == [
        "listings[0].name",
        "listings[0].latitude",
        "listings[1].name",
    ]
    unknown = client.post("/estimates", json={f"x{n}": n for n in range(5000)}).json()
    assert len(unknown["errors"]) == 20


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
_NAMES = [
    *GOOD,
    "id",
    "name",
    "minimum_nights",
    "last_review",
    "reviews_per_month",
    "availability_365",
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.dictionaries(st.sampled_from(_NAMES), _VALUES), min_size=1, max_size=3))
def test_any_values_are_priced_or_refused(
    client: TestClient, changes: list[dict[str, Any]]
) -> None:
    """Never a failure; and an answer has an estimate or a reason for each listing."""
    body = json.dumps(
        {"listings": [GOOD | each for each in changes], "similar": 1, "explain": True}
    )
    answer = client.post("/estimates", content=body, headers=HEADERS)
    assert answer.status_code in {200, 422}, answer.text
    if answer.status_code == 200:
        for each in answer.json()["estimates"]:
            assert (each["price"] is None) == (each["reason"] is not None)
