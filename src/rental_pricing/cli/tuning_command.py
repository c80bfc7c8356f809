"""``kedro tuning``: what becomes of what a search has found."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rental_pricing.cli.clear_errors import plain_errors
from rental_pricing.cli.session_command import session_command

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

    from rental_pricing.asked import Asked

RESULT = "tuning_result"
_SEARCH_FIRST = "No search has ended yet. Run: kedro run --pipelines tuning"
_NEW_FILE = "parameters_modeling.yml"


@click.group()
def tuning() -> None:
    """Take over what a search for parameters has found (kedro run --pipelines tuning)."""


@session_command()
@click.option("--best", is_flag=True, help="The best trial, not the simplest near it.")
@click.option("--dry-run", is_flag=True, help="Only show the difference.")
def adopt(asked: Asked, *, best: bool, dry_run: bool) -> None:
    """Write the simplest parameters within one standard error of the best into conf/.

    Only these values change in the file; the difference is shown. It is a file of --env, or
    else of conf/base; with --conf-source, of that folder.
    """
    if "modeling" in asked.params:
        msg = (
            "--params modeling…: what is adopted is written into a file, which knows nothing of "
            "what is given for one run. Leave it out."
        )
        raise click.UsageError(msg)
    with plain_errors(asked.options):
        _adopt(asked, "best" if best else "simplest", dry_run=dry_run)


tuning.add_command(adopt)


def _adopt(asked: Asked, which: str, *, dry_run: bool) -> None:
    from rental_pricing.datasets.whole import write_file  # noqa: PLC0415 - not for other commands
    from rental_pricing.tuning.result import is_worse  # noqa: PLC0415 - as above

    with asked.session() as session:
        context = session.load_context()
        if not context.catalog.exists(RESULT):
            raise click.ClickException(_SEARCH_FIRST)
        result = context.catalog.load(RESULT)
        values = _values(context, result, which)
        told = _told(result, which)
        if not values:
            click.echo(f"The configuration is {told} already.")
            return
        file, before, after = _edit(context, values)
    shown = str(_shown(file))
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    click.echo("".join(difflib.unified_diff(old, new, shown, shown)), nl=False)
    if is_worse(result[which]):
        click.echo("It estimates worse than what was there, by more than chance.", err=True)
    if dry_run:
        click.echo(f"Would make it {told}.")
        return
    write_file(file, after.encode())
    click.echo(f"{shown} is {told} now. Train it: kedro run --pipelines modeling,release")


def _values(context: KedroContext, result: Mapping[str, Any], which: str) -> dict[str, Any]:
    """Return the values that have to change, by their places under ``modeling``."""
    from rental_pricing.evaluation.parameters import ModelingParameters  # noqa: PLC0415 - as above
    from rental_pricing.evaluation.provenance import split_of  # noqa: PLC0415 - as above
    from rental_pricing.evaluation.split import split_provenance  # noqa: PLC0415 - as above
    from rental_pricing.listings.parameters import MarketParameters  # noqa: PLC0415 - as above

    try:
        from rental_pricing.tuning.adoption import values_to_adopt  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        msg = f"{error.name} is missing: pip install 'ruamel-yaml>=0.18' (the extra 'tuning')"
        raise click.ClickException(msg) from error
    parameters = context.params
    modeling = ModelingParameters.model_validate(parameters["modeling"])
    market = MarketParameters.model_validate(parameters["market"])
    listings = split_of(context.catalog.load("train_listings"), "train")
    rows = context.catalog.load("validation_report")["rows"]
    of = split_provenance(listings["digest"], market.identity, modeling.split, rows)
    return values_to_adopt(result, which, modeling, of)


def _edit(context: KedroContext, values: Mapping[str, Any]) -> tuple[Path, str, str]:
    """Return the file to edit, with its text before and after.

    Raises:
        click.ClickException: It can't be edited, or another file would win over it.
    """
    from rental_pricing.tuning.adoption import (  # noqa: PLC0415 - as above
        AdoptionError,
        edited,
        has_block,
    )

    loader: Any = context.config_loader
    source = Path(loader.conf_source)
    if not source.is_dir():
        msg = f"{_shown(source)} is an archive, and can't be edited: unpack it, and name the folder"
        raise click.ClickException(msg)
    if not context.env:
        _require_no_override(source / loader.default_run_env, values)
    folder = source / (context.env or loader.base_env)
    texts = {file: file.read_bytes().decode() for file in _files(folder)}
    # Kedro refuses two files of one environment with the same block.
    having = [file for file, text in texts.items() if has_block(text)]
    file = having[0] if having else folder / _NEW_FILE
    before = texts.get(file, "")
    try:
        return file, before, edited(before, values)
    except AdoptionError as error:
        msg = f"{_shown(file)}: {error}"
        raise click.ClickException(msg) from error


def _require_no_override(folder: Path, values: Mapping[str, Any]) -> None:
    """Refuse to edit conf/base where personal settings would win over it.

    Raises:
        click.ClickException: Naming the file and the parameter.
    """
    from rental_pricing.tuning.adoption import written_places  # noqa: PLC0415 - as above

    for file in _files(folder):
        places = written_places(file.read_text(encoding="utf-8"), values)
        if places:
            msg = (
                f"{_shown(file)} sets modeling.{places[0]} and would win over conf/base. Take it "
                f"out there, or adopt into it: kedro tuning adopt --env {folder.name}"
            )
            raise click.ClickException(msg)


def _files(folder: Path) -> Iterator[Path]:
    """Yield an environment's files of parameters."""
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.suffix in {".yml", ".yaml"} and any(
            part.startswith("parameters") for part in parts
        ):
            yield file


def _told(result: Mapping[str, Any], which: str) -> str:
    """Return what is adopted, in words."""
    chosen, unit = result[which], result["currency"]
    what = "the best" if which == "best" else "the simplest within one standard error of the best"
    return (
        f"{what} ({chosen['name']}: cross-validated MAE {chosen['mae']:.2f} {unit}, "
        f"{-chosen['gain']:+.2f} ± {chosen['gain_standard_error']:.2f} against what was there; "
        f"{chosen['complexity']:.4g} {result['complexity']} instead of "
        f"{result['present']['complexity']:.4g})"
    )


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
