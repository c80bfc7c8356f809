"""The pipelines that ``kedro run --pipelines`` knows."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline

from rental_pricing.importing import uncollected

DEFAULT = ("data_processing", "data_validation", "modeling", "release")


def register_pipelines() -> dict[str, Pipeline]:
    """Return the pipelines by name; ``__default__`` is what a plain ``kedro run`` does.

    Kedro asks for fewer, to import less, when a run names its pipelines.
    """
    with uncollected():
        pipelines = find_pipelines(raise_errors=True)
    found = (pipelines[name] for name in DEFAULT if name in pipelines)
    pipelines["__default__"] = sum(found, start=Pipeline([]))
    return pipelines
