"""``kedro weekly``: the week's job, for a person, cron or a scheduled workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rental_pricing.cli.clear_errors import clear_errors
from rental_pricing.cli.run_command import fewer_collections
from rental_pricing.cli.session_command import session_command
from rental_pricing.errors import cut_list

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

    from rental_pricing.cli.session_command import Asked
    from rental_pricing.weekly.week import Plan, Week

NOTHING_NEW, PERSON = 3, 4

_STATUS = (
    "Exit status: 0 done; 1 failed; 2 usage; 3 nothing new; 4 a person is needed: the summary "
    "says for what."
)


class PersonNeeded(click.ClickException):
    """The week stopped where a person has to look."""

    exit_code = PERSON


@session_command(epilog=_STATUS)
@click.option(
    "--as-of",
    metavar="DATE",
    help="Make a past week once more, from processing to modeling, in a folder of its own.",
)
@click.option("--looked", is_flag=True, help="A person has looked at the delivery: go on with it.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--traceback", is_flag=True, help="Show the traceback of any error.")
def weekly(
    asked: Asked,
    *,
    as_of: str | None,
    looked: bool,
    dry_run: bool,
    traceback: bool,
) -> None:
    """Do what a new delivery asks for: check, watch, train, release, price, and say so.

    Three sessions of one experiment, in a folder that nobody else writes to meanwhile:
    processing, validation and monitoring; modeling and release; prices of the current stock.
    A week whose drops, configuration and code are those of the last completed one has
    nothing new. A week that was cut is taken up by the same command.
    """
    from rental_pricing.weekly.week import Week, plan_week  # noqa: PLC0415 - not for other commands

    week = Week(asked.project, asked.env, asked.conf_source, dict(asked.params), looked)
    with clear_errors(asked.options, traceback=traceback), fewer_collections():
        with week.session() as session:
            context = session.load_context()
        if as_of is not None:
            _rebuild(week, context, as_of)
            return
        plan = plan_week(context)
        _tell(plan, dry_run=dry_run)
        if not plan.changes:
            click.get_current_context().exit(NOTHING_NEW)
        if not dry_run:
            _do(week, context, plan)


def _tell(plan: Plan, *, dry_run: bool) -> None:
    if not plan.changes:
        click.echo(f"Nothing new: the week of {plan.fingerprint.as_of} is complete.")
        return
    click.echo(f"Week of {plan.fingerprint.as_of}: {cut_list(list(plan.changes))}.")
    if dry_run:
        sessions = "; then ".join(", ".join(pipelines) for pipelines in plan.sessions)
        click.echo(f"It would run {sessions}, in the experiment {plan.experiment}.")
        if plan.unwatched:
            click.echo(f"Without monitoring: {plan.unwatched}.")


def _rebuild(week: Week, context: KedroContext, day: str) -> None:
    """Make a past week once more, and say which versions in the store it is equal to."""
    import kedro_wandb  # noqa: PLC0415 - as above
    from kedro_wandb.errors import ArtifactNotFoundError  # noqa: PLC0415 - as above
    from rental_pricing.weekly.rebuild import rebuild_week  # noqa: PLC0415 - as above

    made = rebuild_week(week, context, day)
    with week.session() as session:
        session.load_context()  # the store is asked as this project is tracked
        for name, path in made.items():
            try:
                version = kedro_wandb.which(name, path)
            except ArtifactNotFoundError:
                version = None
            told = version.reference if version else "no version of it"
            click.echo(f"{path} is {told}")


def _do(week: Week, context: KedroContext, plan: Plan) -> None:
    """Run the week, and leave its page however it ends.

    Raises:
        PersonNeeded: It stopped for a person.
    """
    from rental_pricing.run_lock import market_lock  # noqa: PLC0415 - as above
    from rental_pricing.weekly import week as weeks  # noqa: PLC0415 - as above

    done: list[tuple[str, ...]] = []
    with market_lock(context, weeks.COMMAND):
        try:
            weeks.run_week(week, context, plan, done)
        except weeks.PersonNeededError as error:
            _leave_page(context, plan, done, str(error))
            raise PersonNeeded(str(error)) from error
        summary = _leave_page(context, plan, done, None)
        context.catalog.save("weekly_record", weeks.record(context, plan))
    click.echo(summary)


def _leave_page(
    context: KedroContext, plan: Plan, done: list[tuple[str, ...]], stopped: str | None
) -> str:
    """Write the page, as a step of the week's experiment, and return it."""
    import kedro_wandb  # noqa: PLC0415 - as above
    from rental_pricing.reporting.weekly_summary import weekly_page, weekly_summary  # noqa: PLC0415
    from rental_pricing.weekly.facts import week_facts  # noqa: PLC0415 - as above

    catalog = context.catalog
    with kedro_wandb.step("weekly", experiment=plan.experiment):
        summary = weekly_summary(week_facts(catalog, plan, done, stopped))
        catalog.save("weekly_summary", summary)
        catalog.save("weekly_page", weekly_page(summary, f"Week of {plan.fingerprint.as_of}"))
    return summary
