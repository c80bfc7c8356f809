"""Spoilt configurations, each with the one clear message that a person gets for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LOCAL = "conf/local/parameters.yml"
VALIDATION = ("--pipelines", "data_validation")
_BOOSTING, _FOREST = "modeling.estimators.gradient_boosting", "modeling.estimators.random_forest"

PARAMETERS = {
    # not to be read at all
    "modeling.seed": ("must contain a key and a value",),
    "=3": ("key cannot be an empty string",),
    "modeling.seed=[1": ("'modeling.seed=[1' can't be read", "name=value"),
    "modeling.seed=${x": ("'modeling.seed=${x' can't be read",),
    # unknown names
    "slit.seed=1": ("Unknown parameter 'slit'", "Known are: market"),
    "modelling.seed=1": ("Unknown parameter 'modelling' (did you mean 'modeling'?)",),
    "drop=folder": ("(did you mean 'drops'?)",),
    ".seed=1": ("Unknown parameter ''",),
    "market.nme=x": ("market.nme is not known (did you mean 'name'?)",),
    "market.price.mn=1": ("market.price.mn is not known (did you mean 'min'?)",),
    "modeling.spilt.seed=1": ("modeling.spilt is not known (did you mean 'split'?)",),
    "modeling.=1": ("modeling. is not known",),
    "modeling[0]=1": ("modeling.0 is not known",),
    "modeling.estimators.tree.depth=1": ("modeling.estimators.tree", "'gradient_boosting'"),
    "modeling.estimators.linear.colour=1": ("unknown parameter of linear: 'colour'",),
    f"{_BOOSTING}.max_itre=1": ("'max_itre' (did you mean 'max_iter'?)",),
    "data_validation.max_missing_share.nmae=1": ("no column 'nmae' (did you mean 'name'?)",),
    "data_validation.bins.prise.count=1": ("no column 'prise' (did you mean 'price'?)",),
    # values of another kind
    "modeling=5": ("modeling = 5: must be a block with estimator",),
    "market=null": ("market = null: must be a block with name",),
    "market.price=5": ("market.price = 5: must be a block with min, max",),
    "modeling.seed.x=1": ("modeling.seed = {'x': 1}: must be a whole number",),
    "modeling.seed=true": ("modeling.seed = true: must be a whole number",),
    "modeling.seed=abc": ("modeling.seed = 'abc': must be a whole number",),
    "modeling.seed=1.5": ("modeling.seed = 1.5: must be a whole number",),
    "modeling.seed='5'": ("modeling.seed = '5': must be a whole number",),
    "modeling.seed=null": ("modeling.seed = null: must be a whole number",),
    "market.latitude.min='40'": ("market.latitude.min = '40': must be a number",),
    "market.latitude.min=true": ("market.latitude.min = true: must be a number",),
    "market.boroughs=Bronx": ("market.boroughs = 'Bronx': must be a list",),
    "market.boroughs=[1]": ("market.boroughs.0 = 1: must be text",),
    "market.boroughs=[]": ("market.boroughs: must have at least 1",),
    "market.name=5": ("market.name = 5: must be text (in quotes",),
    "data_processing.missing_markers=[no]": ("missing_markers.0 = false: must be text",),
    "data_validation.max_missing_share.name=true": ("max_missing_share.name = true: must be",),
    "data_validation.rows=[1]": ("--params: data_validation.rows is a list, where a block of",),
    # values out of bounds
    "market.price.min=nan": ("market.price.min = 'nan': must be a finite number",),
    "market.price.max=inf": ("market.price.max = 'inf': must be a finite number",),
    "market.price.min=0": ("price.min must be above 0",),
    "market.price.max=-5": ("market.price: min (10.0) is above max (-5.0)",),
    "market.latitude.min=1e400": ("market.latitude.min = inf: must be a finite number",),
    "modeling.seed=-1": ("modeling.seed = -1: must be greater than or equal to 0",),
    "modeling.seed=99999999999999999999": ("modeling.seed = 99999999999999999999: must be less",),
    "modeling.seed=" + "9" * 3000: ("modeling.seed = 999", " …: must be less"),
    "modeling.estimator=" + "x" * 5000: ("modeling.estimator = 'xxx", " …: must be 'grad"),
    "modeling.split.test_share=1.5": ("modeling.split.test_share = 1.5: must be less than 1",),
    "modeling.split.test_share=0": ("test_share = 0: must be greater than 0",),
    "modeling.interval.coverage=1": ("coverage = 1: must be less than 1",),
    "data_processing.malformed_rows=ignore": ("must be 'fail' or 'set_aside'",),
    "data_validation.rows.min=10000000": ("data_validation.rows: min (10000000) is above max",),
    "data_validation.bins.room_type.start=1": ("column 'room_type' holds no quantity",),
    "data_validation.bins.price.start=nan": ("bins.price.start = 'nan': must be a finite",),
    "data_validation.bins.price.stop=inf": ("bins.price.stop = 'inf': must be a finite",),
    "data_validation.bins.price.stop=0": ("start (0.0) is not below stop (0.0)",),
    "data_validation.bins.price.scale=log": ("start (0.0) must be above 0 on the scale log",),
    "data_validation.drift.alpha=nan": ("data_validation.drift.alpha = 'nan'",),
    # places, dates and names
    "drops=": ("drops: is empty", "leave it out"),
    "drops=null": ("drops: is empty",),
    "drops=5": ("drops = 5: must be text",),
    "as_of=": ("as_of: is empty",),
    "as_of=2024": ("as_of=2024 is not a date", "YYYY-MM-DD"),
    "as_of=2024-13-01": ("as_of=2024-13-01 is not a date",),
    "as_of=20240108": ("as_of=20240108 is not a date",),
    "reference=5": ("reference = 5: must be text",),
    "experiment=[1]": ("experiment = [1]: must be text",),
}
"""What ``--params`` may be given, with parts of the message."""

TRIED = {
    f"{_BOOSTING}.loss=quantile": (f"{_BOOSTING}.loss='quantile'", "quantile must be"),
    f"{_BOOSTING}.learning_rate=-1": (f"{_BOOSTING}.learning_rate=-1", "(0.0, inf)"),
    f"{_BOOSTING}.colour=1": (_BOOSTING, "'colour'"),
    "modeling.estimator=linear,modeling.estimators.linear.solver=svd": ("linear.solver='svd'",),
    f"modeling.estimator=random_forest,{_FOREST}.oob_score=true,{_FOREST}.bootstrap=false": (
        f"{_FOREST}.oob_score=True",
        "only available if bootstrap=True",
    ),
}
"""What only an attempt shows, with parts of the message."""

FILES: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    # files of parameters
    "broken": ("modeling: [1, 2\nseed: 3\n", (f"{LOCAL}, line 2, column 5", "Correct the YAML")),
    "tab": ("modeling:\n\tseed: 3\n", (f"{LOCAL}, line 2, column 1",)),
    "list": ("- a\n- b\n", (f"{LOCAL} is a list", "names and values")),
    "word": ("hello\n", ("Unknown parameter 'hello'",)),
    "Latin-1": (
        "market:\n  name: Málaga\n".encode("latin-1"),
        (f"{LOCAL}, line 2, column 10: byte 0xe1 is not UTF-8", "Save the file"),
    ),
    "UTF-16": ("market: {name: x}\n".encode("utf-16"), (f"{LOCAL}, line 1, column 1: byte 0xff",)),
    "zero bytes": (b"\0\0\0", (LOCAL,)),
    "key twice": ("market:\n  name: a\n  name: b\n", (f"{LOCAL}, line 3", "duplicate key name")),
    "no such key": (
        "market:\n  name: ${nowhere.x}\n",
        (f"{LOCAL}, line 2: market.name", "'nowhere.x' not found", "Correct what stands"),
    ),
    "no such resolver": ("market:\n  name: ${oc.env:HOME}\n", ("type oc.env",)),
    "no such global": ("market:\n  name: ${globals:x}\n", ("globals key 'x' not found",)),
    "open brace": ("market:\n  name: ${x\n", (LOCAL, "'${x'")),
    "value": ("modeling:\n  seed: .nan\n", ("modeling.seed = nan: must be a whole number",)),
    "yes": ("modeling:\n  seed: yes\n", ("modeling.seed = true: must be a whole number",)),
    "null block": ("modeling:\n", ("modeling = null: must be a block",)),
    "list for a block": (
        "data_validation:\n  rows: [1]\n",
        (f"{LOCAL}: data_validation.rows is a list, where a block",),
    ),
    "block for a list": (
        "market:\n  boroughs: {a: 1}\n",
        (f"{LOCAL}: market.boroughs is a block of names and values, where a list has",),
    ),
    "many wrong": (
        "market: {" + ", ".join(f"x{n}: 1" for n in range(40)) + "}\n",
        ("market.x0 is not known", "+34 more"),
    ),
    "place in conf": ("drops: folder\n", ("drops: has no effect in conf/", "--params drops=")),
}
"""What ``conf/local/parameters.yml`` may hold, with parts of the message."""

OTHER_FILES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "key in two files": (
        {LOCAL: "market: {name: a}\n", "conf/local/parameters_b.yml": "market: {name: b}\n"},
        ("Duplicate keys found in", "conf/local/parameters_b.yml", "market.name"),
    ),
    "catalog: no type": (
        {"catalog": "listings:\n  filepath: x\n"},
        ("listings: 'type' is missing",),
    ),
    "catalog: no such type": (
        {"catalog": "listings:\n  type: pandas.Parkay\n  filepath: x\n"},
        ("listings: Dataset 'Parkay' not found", "conf/*/catalog*.yml"),
    ),
    "catalog: no such argument": (
        {"catalog": "listings:\n  type: pandas.CSVDataset\n  filepath: x\n  colour: 3\n"},
        ("listings: its catalog entry has 'colour'",),
    ),
    "catalog: number": ({"catalog": "listings: 5\n"}, ("'listings' is not a valid",)),
    "catalog: broken": ({"catalog": "listings: {a\n"}, ("conf/local/catalog.yml, line 2",)),
    "catalog: no such credentials": (
        {"catalog": "listings:\n  type: pandas.CSVDataset\n  filepath: x\n  credentials: nope\n"},
        ("Unable to find credentials 'nope'",),
    ),
    "credentials: broken": (
        {"credentials": "a: {b\n"},
        ("conf/local/credentials.yml, line 2",),
    ),
}
"""Other files of ``conf/local``, with parts of the message."""

LEGAL_PARAMETERS = (
    "",
    "market.name='  New   York  '",
    "market.name='2024'",
    "market.price.min=1e1",
    "market.price.max=350.0",
    "modeling.seed=0",
    "modeling.seed=4294967295",
    "modeling.split.seed=18446744073709551615",
    "data_validation.rows.min=1,data_validation.rows.max=1",
    "data_validation.max_missing_share.name=1",
    "data_validation.max_rejected_rows.outside_city=0",
    "data_processing.missing_markers=[]",
    "data_validation.bins.price.start=1,data_validation.bins.price.scale=log",
    "experiment=tune trees",
    "as_of=2024-02-29",
)

LEGAL_FILES = (
    "",
    "# nothing but a remark\n",
    "market: {name: Málaga}\n",
    "\ufeffmarket: {name: x}\n",
    "market:\n  name: ${_city}\n_city: x\n",
)


@pytest.mark.parametrize("parameters", PARAMETERS, ids=lambda text: text[:50])
def test_a_wrong_parameter_is_told(
    run: Any, assert_told: Callable[..., None], parameters: str
) -> None:
    """The message has the parameter's full name, what was given (cut), and the rule."""
    outcome = run("--params", parameters)
    assert_told(outcome, PARAMETERS[parameters])


@pytest.mark.parametrize("parameters", TRIED)
def test_what_no_model_can_be_trained_with_is_told_before_data_is_read(
    run: Any, assert_told: Callable[..., None], parameters: str
) -> None:
    """A run that trains tries its parameters on a handful of made-up listings first."""
    assert_told(run("--params", parameters), TRIED[parameters])


@pytest.mark.parametrize("case", FILES)
def test_a_spoilt_file_of_parameters_is_told(
    run: Any, assert_told: Callable[..., None], case: str
) -> None:
    """The message names file and line, or the parameter, and what to do."""
    content, told = FILES[case]
    assert_told(run(*VALIDATION, parameters=content), told)


@pytest.mark.parametrize("case", OTHER_FILES)
def test_a_spoilt_file_of_another_kind_is_told(
    run: Any, assert_told: Callable[..., None], case: str
) -> None:
    """The catalog, credentials and what stands twice are told as parameters are."""
    files, told = OTHER_FILES[case]
    assert_told(run(*VALIDATION, **files), told)


def assert_passed_the_checks(outcome: tuple[int, str]) -> None:
    """Check that the run went on to the data, of which there is none."""
    assert re.search(r"data/.*01_raw/listings (has no drop|does not exist)", outcome[1]), outcome


@pytest.mark.parametrize("parameters", LEGAL_PARAMETERS)
def test_an_odd_but_legal_parameter_passes(run: Any, parameters: str) -> None:
    """Limits themselves, white space, and numbers that are written in another way are fine."""
    options = ("--params", parameters) if parameters else ()
    assert_passed_the_checks(run("--pipelines", "data_processing", *options))


@pytest.mark.parametrize("content", LEGAL_FILES)
def test_an_odd_but_legal_file_passes(run: Any, content: str) -> None:
    """Empty files, remarks, other letters, a byte order mark and what is filled in are fine."""
    outcome = run("--pipelines", "data_processing", parameters=content)
    assert_passed_the_checks(outcome)
