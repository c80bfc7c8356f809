"""The ``kedro wandb`` commands."""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType

from kedro_wandb.cli import diff as comparing
from kedro_wandb.cli import lineage as lineages
from kedro_wandb.cli import page as pages
from kedro_wandb.cli import runs as tables
from kedro_wandb.cli import start, text
from kedro_wandb.cli import verify as checking
from kedro_wandb.cli.console import (
    EXITS,
    Asked,
    CommandError,
    NotFoundError,
    WaitingError,
    Where,
    cloud_store,
    command,
    local_store,
    shown_progress,
    store_option,
)
from kedro_wandb.cli.durations import duration
from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.hook.table import human_size
from kedro_wandb.stores.fetching import pull as fetch
from kedro_wandb.stores.local.leftovers import clean as delete
from kedro_wandb.stores.local.leftovers import plan_cleaning
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.making import Graph
from kedro_wandb.stores.names import checked_alias, split_reference
from kedro_wandb.sync.sync import sync as upload
from kedro_wandb.sync.waiting import waiting

_DEEPEST = 100


@click.group(epilog=EXITS)
def wandb() -> None:
    """Artifacts and steps that runs have tracked, on W&B or in the local store.

    A version is named NAME:VERSION, where VERSION is v0 or further, an alias such as latest
    (the default) or prod, or W&B's digest of the content.
    """


def _reference(_: click.Context, __: click.Parameter, value: str) -> str:
    if not split_reference(value)[0]:
        msg = f"{value!r} names no artifact; write NAME:VERSION."
        raise click.BadParameter(msg)
    return value


def _alias(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return checked_alias(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


reference_argument = click.argument("reference", metavar="NAME:VERSION", callback=_reference)


@command(wandb)
@click.option(
    "--project", callback=start.checked_project, help="W&B project; default: the package's name."
)
def init(asked: Asked, project: str | None) -> None:
    """Write the first wandb.yml: every key with its default, and what it means.

    It goes to conf/base, or with --env to that environment's folder, and switches tracking
    on. A project that has one is left alone: status 1.
    """
    start.run(asked, project)


@command(wandb)
def status(asked: Asked) -> None:
    """Tell how this project tracks, where to, and what waits for an upload."""
    settings = asked.settings()
    with local_store(settings) as store:
        found = waiting(store)
    mode = settings.mode
    facts = {
        "mode": mode.kind,
        "reason": mode.reason,
        "project": settings.project,
        "entity": settings.config.entity,
        "server": mode.base_url if mode.kind == "online" else None,
        "folder": str(settings.folder),
        "waiting": asdict(found),
    }
    asked.answer(facts, lambda: text.status_text(settings, found))


@command(wandb)
@click.argument("name", required=False)
@store_option
def artifacts(asked: Asked, name: str | None, where: Where | None) -> None:
    """List the artifacts, or the versions of the one called NAME, newest first."""
    now = dt.datetime.now(dt.UTC)
    with asked.store(where) as store:
        if name is None:
            found = store.artifacts()
            told = [text.artifact_json(each) for each in found]
            asked.answer(told, lambda: text.artifacts_text(found, now))
        else:
            versions = store.versions(name)
            told = [text.version_json(each) for each in versions]
            asked.answer(told, lambda: text.versions_text(versions, now))


@command(wandb)
@reference_argument
@store_option
def show(asked: Asked, reference: str, where: Where | None) -> None:
    """Show a version: its facts, its files, the steps that made and used it."""
    with asked.store(where) as store:
        version = store.find(reference)
        entries, makers = store.entries(version), store.producers(version)
        users = store.consumers(version)
    told = text.version_json(version) | {
        "files": [text.entry_json(each) for each in entries],
        "made_by": [text.step_json(each) for each in makers],
        "used_by": [text.step_json(each) for each in users],
    }
    asked.answer(told, lambda: text.version_text(version, entries, makers, users))


@command(wandb)
@reference_argument
@click.option("--up", "direction", flag_value="up", help="Only what it was made of.")
@click.option("--down", "direction", flag_value="down", help="Only what was made of it.")
@click.option(
    "--depth",
    type=click.IntRange(1, _DEEPEST),
    default=10,
    show_default=True,
    help="Steps between NAME:VERSION and the farthest versions.",
)
@click.option("--all", "every", is_flag=True, help="Each run, version and file, however many.")
@store_option
def lineage(
    asked: Asked,
    reference: str,
    direction: lineages.Direction | None,
    depth: int,
    every: bool,  # noqa: FBT001 - a flag
    where: Where | None,
) -> None:
    """Show what a version was made of and what was made of it, as a tree.

    Upwards each version is shown with the run that made it first, and how many made the same
    content again. Downwards runs of one pipeline share a line, and where they made more than
    three versions of a name, the newest stands for them.
    """
    wanted: list[lineages.Direction] = [direction] if direction else ["up", "down"]
    with asked.store(where) as store:
        version = store.find(reference)
        graph = Graph(store)
        trees = {each: lineages.tree(graph, version, each, depth, every=every) for each in wanted}
    told = {each: lineages.as_json(tree) for each, tree in trees.items()}
    asked.answer(told, lambda: lineages.text(trees))


@command(wandb)
@click.option("--param", "parameters", multiple=True, metavar="NAME", help="Parameter to show.")
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="Metric to show.")
@click.option(
    "--sort",
    metavar="COLUMN",
    callback=tables.checked_sort,
    help="Order of the rows; -COLUMN is descending. Default: -started.",
)
@click.option(
    "--group",
    default="experiment",
    metavar="COLUMN",
    help="Runs that have this in common share a row; 'run': a row a run. Default: experiment.",
)
@click.option("--steps", is_flag=True, help="Below each row the runs that it stands for.")
@click.option("--experiment", metavar="NAME", help="Only this experiment.")
@click.option("--step", metavar="NAME", help="Only this step (modular pipeline).")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"Rows at most. Default: {tables.LIMIT}; with --json all.",
)
@store_option
def runs(asked: Asked, where: Where | None, **wanted: Any) -> None:
    """List the runs, a row an experiment, newest first.

    W&B has a run for each step of an experiment: --steps shows them below their row, and
    '--group run' lists them alone. Where the runs of a row differ, numbers are told as
    smallest … largest, and the smallest is sorted by (descending: the largest).

    COLUMN is run, experiment, step, state, started, duration, a parameter or, to sort by,
    a metric. Parameters and metrics are named whole or by their last part, if no other has
    the same. By default those are shown that differ between rows, as many as fit.
    """
    tables.run(asked, where, tables.Wanted(**wanted))


@command(wandb, has_output=False)
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="tracked.html",
    show_default=True,
    help="File for the page, which is written over; - is stdout.",
)
def page(asked: Asked, file: Path) -> None:
    """Write a page of all that the local store has, for the browser.

    Runs with their parameters and metrics, metrics over time, the runs of an experiment side
    by side, versions of artifacts and their lineage. It is one HTML file that loads nothing,
    and says nothing that the store does not. Where tracking is online, it is of what the local
    store has all the same, and says so.
    """
    pages.run(asked, file)


@command(wandb)
@click.argument("a")
@click.argument("b")
@click.option("--all", "every", is_flag=True, help="Also what is equal, and all that differs.")
@store_option
def diff(asked: Asked, a: str, b: str, every: bool, where: Where | None) -> None:  # noqa: FBT001 - a flag
    """Compare two versions, two runs or two experiments: what differs, and how much is equal.

    A and B are NAME:VERSION, the id of a run, or the name of an experiment. Of versions the
    files (sizes and digests), metadata, and the parameters and metrics of the runs that made
    them are compared; of runs and experiments also what they used and made.

    Status 0 whether they differ or not; programs see it in --json: "different" is empty.
    """
    comparing.run(asked, where, (a, b), every=every)


@command(wandb)
@reference_argument
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    help="Folder for the files, empty or not there yet; default: ./NAME-vN.",
)
@store_option
def pull(asked: Asked, reference: str, folder: Path | None, where: Where | None) -> None:
    """Copy the files of a version into a folder, checking their digests."""
    with asked.store(where) as store:
        version = store.find(reference)
        target = folder or Path(f"{version.name}-{version.label}")
        elsewhere = [each for each in store.entries(version) if each.ref is not None]
        with shown_progress(version.reference, version.size) as progress:
            fetch(store, version, target, progress)
    told = text.version_json(version) | {
        "folder": str(target.resolve()),
        "not_copied": [text.entry_json(each) for each in elsewhere],
    }
    asked.answer(told, lambda: text.pulled_text(version, target, elsewhere))


@command(wandb)
@reference_argument
@click.argument("alias", callback=_alias)
@click.option("--remove", is_flag=True, help="Take the alias away from the version.")
def alias(asked: Asked, reference: str, alias: str, remove: bool) -> None:  # noqa: FBT001 - a flag
    """Let ALIAS stand for a version, and for no other of the same name."""
    with asked.store(None) as store:
        version = store.find(reference)
        if not remove:
            store.set_alias(version, alias)
        elif alias in version.aliases:
            store.remove_alias(version.name, alias)
        else:
            msg = f"{version.reference} has no alias {alias!r}, only: {', '.join(version.aliases)}."
            raise NotFoundError(msg)
        changed = store.find(version.reference)
        if not isinstance(store, LocalStore):
            # Else a later sync would take it for somebody else's; then it only asks once more.
            with local_store(asked.settings()) as local, suppress(StoreUnavailableError):
                local.outbox.note_holder(version.name, alias, None if remove else version.digest)
    did = "no longer stands for" if remove else "stands for"
    done = f"{alias} {did} {version.reference} now."
    asked.answer(text.version_json(changed), lambda: text.plain(done))


@command(wandb)
@click.option("--dry-run", is_flag=True, help="Only tell what would be uploaded.")
def sync(asked: Asked, dry_run: bool) -> None:  # noqa: FBT001 - a flag
    """Upload what the local store has and W&B does not: steps, versions, lineage, aliases.

    It may be stopped and begun again at any time. Status 1 if something could not be
    uploaded though the server answers, and 4 if it does not, or something has yet to wait.
    """
    settings = asked.settings(None if dry_run else "wandb")
    with (
        local_store(settings) as local,
        cloud_store(settings) as cloud,
        shown_progress("upload", waiting(local).bytes) as progress,
    ):
        report = upload(local, cloud, dry_run=dry_run, progress=progress)
    asked.answer(text.sync_json(report), lambda: text.sync_text(report))
    if report.problem or (report.waiting and report.ok and not dry_run):
        raise WaitingError(report.problem or "Not everything could be uploaded yet.")
    if not report.ok:
        msg = "Not everything could be uploaded."
        raise CommandError(msg)


@command(wandb)
@click.option(
    "--keep",
    type=click.IntRange(0),
    metavar="N",
    help="Keep the files of each artifact's N newest versions.",
)
@click.option(
    "--older-than",
    metavar="AGE",
    callback=duration,
    help="Keep the files of versions that are younger, such as 12h, 30d or 4w.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be deleted.")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def clean(
    asked: Asked,
    keep: int | None,
    older_than: dt.timedelta | None,
    dry_run: bool,  # noqa: FBT001 - a flag
    yes: bool,  # noqa: FBT001 - a flag
) -> None:
    """Make the local store smaller: nothing that W&B does not have is deleted.

    Records, aliases and lineage always stay. With --keep or --older-than, so do the files of
    versions that have an alias or that a step has used; with both, what either keeps is kept.
    What killed runs have left behind goes too, and nothing that a living process uses.
    """
    with local_store(asked.settings("local")) as store:
        plan = plan_cleaning(store, keep, older_than, Path(tempfile.gettempdir()))
        wanted = bool(plan.piles()) and not dry_run
        if wanted and not yes:
            _confirm(text.cleaning_text(plan))
        freed = delete(store, plan) if wanted else 0
    told = {"piles": text.cleaning_json(plan), "bytes": plan.size, "freed": freed}
    done = text.plain(f"Deleted; {human_size(freed)} freed.")
    asked.answer(told, lambda: done if wanted else text.cleaning_text(plan))


@command(wandb)
@click.option("--repair", is_flag=True, help="Fetch lost content again from W&B, and drop orphans.")
def verify(asked: Asked, repair: bool) -> None:  # noqa: FBT001 - a flag
    """Read all of the local store: each file, each version's files, the records themselves.

    Content is compared with its digest. --repair asks W&B wherever a key is configured. Status
    0 if all is there and right, if need be by the repair, or if only files that no version has
    (orphans) are left; 1 if damage is left; 4 if so because the server can't be reached.
    """
    checking.run(asked, mend=repair)


def _confirm(what: RenderableType) -> None:
    if not sys.stdin.isatty():
        msg = "There is no terminal to ask at: say --yes to delete, or --dry-run to see what."
        raise click.UsageError(msg)
    Console(stderr=True, highlight=False).print(what)
    click.confirm("Delete?", abort=True, err=True)
