"""What a dataset could not load or save, without the classes it is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kedro.validation.exceptions import DataValidationError

from rental_pricing.errors import cut
from rental_pricing.messages.configuration import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedro.io.core import DatasetError
    from kedro.pipeline import Pipeline

_NAME = re.compile(r"^(\w+): |[Dd]ataset '([^']+)'|entry '([^']+)'")
_PATH = re.compile(r"filepath=(?:\w+\()?'([^']+)'")
_NOISE = re.compile(
    r"^(\w+: )?Failed (while|during) .*|^An exception occurred when parsing config.*|"
    r"^Failed to instantiate dataset .*|^Hint: If you are trying to use.*|\(validator: .*\)"
)
_IN_THE_CATALOG = re.compile(
    r"when parsing config|only contain arguments valid|Failed to instantiate dataset"
)
_CONSTRUCTOR = re.compile(r"\w+\.__init__\(\) got an unexpected keyword argument '(\w+)'")


def told(error: DatasetError, pipelines: Mapping[str, Pipeline]) -> str:
    """Return dataset, file and problem, and which pipeline makes the file anew.

    Args:
        error: What Kedro's catalog raised.
        pipelines: All registered pipelines.
    """
    text = str(error)
    named = _NAME.search(text)
    name = next((group for group in named.groups() if group), "") if named else ""
    path = _PATH.search(text)
    place = f"{name} ({shown(path[1])})" if path else name or "A dataset"
    return f"{place}: {_problem(error, name)}{_remedy(error, name, pipelines)}"


def _problem(error: DatasetError, name: str) -> str:
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, FileNotFoundError):
        return "there is no such file."
    if isinstance(root, (IsADirectoryError, NotADirectoryError, FileExistsError)):
        return "a file or folder of that name is in the way. Move it away."
    if isinstance(root, OSError) and root.strerror:
        return f"{root.strerror}."
    if isinstance(error, DataValidationError):
        return _broken_rules(error)
    unknown = _CONSTRUCTOR.search(str(error))
    if unknown:
        return f"its catalog entry has {unknown[1]!r}, which it does not know."
    lines = [line.strip() for line in str(error).removeprefix(f"{name}: ").splitlines()]
    kept = [line for line in lines if line and not _NOISE.match(line)]
    text = "\n".join(cut(line, 300) for line in kept[:8]).replace("..", ".")
    return text if text.endswith((".", "?", "!", ")")) else f"{text}."


def _broken_rules(error: DataValidationError) -> str:
    rules = [
        cut(f"{failure.column or 'columns'}: {failure.check or failure.message}", 80)
        + "".join(f", such as {cut(str(each))}" for each in failure.failure_examples[:1])
        for failure in error.failures[:5]
    ]
    rest = [f"... +{len(error.failures) - 5} more"] if len(error.failures) > 5 else []  # noqa: PLR2004
    found = [*rules, *rest] or [cut(error.message, 300)]
    return "the data is not as it has to be:\n" + "\n".join(f"  {line}" for line in found)


def _remedy(error: DatasetError, name: str, pipelines: Mapping[str, Pipeline]) -> str:
    if _IN_THE_CATALOG.search(str(error)):
        return "\nCorrect its entry in the catalog, conf/*/catalog*.yml."
    if "Failed while loading" not in str(error) and not isinstance(error, DataValidationError):
        return ""
    makers = (key for key, each in pipelines.items() if name in each.all_outputs())
    maker = next((key for key in makers if key != "__default__"), None)
    return f"\nMake it anew: kedro run --pipelines {maker}" if maker else ""
