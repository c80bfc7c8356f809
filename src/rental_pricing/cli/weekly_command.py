"""``kedro weekly``: the week's job, for a person, cron or a scheduled workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rental_pricing.cli.clear_errors import RunFailedError, clear_errors, interrupted
from rental_pricing.cli.run_command import fewer_collections
from rental_pricing.cli.session_command import session_command
from rental_pricing.cli.week_telling import WeekTelling
from rental_pricing.errors import cut_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedro.framework.context import KedroContext
    from kedro.io import CatalogProtocol

    from rental_pricing.asked import Asked
    from rental_pricing.weekly.week import Plan

    Catalog = CatalogProtocol[Any, Any]

NOTHING_NEW, PERSON = 3, 4

_STATUS = (
    "Exit status: 0 done; 1 failed; 2 usage; 3 nothing new; 4 a person is needed: the summary "
    "says for what."
)


class WeekStoppedError(RunFailedError):
    """The week stopped where a person has to look."""

    exit_code = PERSON

    def format_message(self) -> str:
        """Return the message as it is shown after ``Error:``."""
        return f"A person is needed.\n{self.message}"


@session_command(epilog=_STATUS)
@click.option(
    "--as-of",
    metavar="DATE",
    help="Make a past week once more, from processing to modeling, in a folder of its own.",
)
@click.option("--looked", is_flag=True, help="A person has looked at the delivery: go on with it.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option(
    "--json", "as_json", is_flag=True, help="Answer with one line of JSON; the rest to stderr."
)
@click.option("--traceback", is_flag=True, help="Show the traceback of any error.")
def weekly(
    asked: Asked,
    *,
    as_of: str | None,
    looked: bool,
    dry_run: bool,
    as_json: bool,
    traceback: bool,
) -> None:
    """Do what a new delivery asks for: check, watch, train, release, price, and say so.

    Three sessions of one experiment, in a folder that nobody else writes to meanwhile:
    processing, validation and monitoring; modeling and release; prices of the current stock.
    A week whose drops, configuration and code are those of the last completed one has
    nothing new. A week that was cut is taken up by the same command.
    """
    from rental_pricing.weekly.week import plan_week  # noqa: PLC0415 - not for other commands

    if as_json and as_of is not None:
        msg = "--as-of has no answer in JSON."
        raise click.UsageError(msg)
    telling = WeekTelling(as_json=as_json)
    with (
        telling.answering(),
        clear_errors(asked.options, traceback=traceback),
        fewer_collections(),
    ):
        with asked.session() as session:
            context = session.load_context()
            catalog = context.catalog  # one for all: Kedro makes another whenever it is asked
        if as_of is not None:
            _rebuild(asked, catalog, as_of, dry_run=dry_run)
        elif dry_run:
            plan = plan_week(context, catalog)
            _tell(catalog, plan, telling)
            _tell_sessions(plan, telling)
        else:
            _do(asked, context, catalog, telling, looked=looked)


def _tell(catalog: Catalog, plan: Plan, telling: WeekTelling) -> None:
    """Say why there is something to do, or leave where there is nothing."""
    from rental_pricing.weekly.answer import plan_answer  # noqa: PLC0415 - as above

    telling.note(plan_answer(catalog, plan))
    if not plan.changes:
        told = f"the week of {plan.fingerprint.as_of} is complete."
        telling.say(f"Nothing new: {told}")
        telling.note({"outcome": "nothing_new", "told": told})
        click.get_current_context().exit(NOTHING_NEW)
    telling.say(f"Week of {plan.fingerprint.as_of}: {cut_list(list(plan.changes))}.")


def _tell_sessions(plan: Plan, telling: WeekTelling) -> None:
    left = [", ".join(plan.left(session)) for session in plan.sessions if plan.left(session)]
    if plan.done:
        telling.say(f"Done already: {', '.join(plan.done)}.")
    sessions = "; then ".join(left)
    told = f"run {sessions}" if left else "write the summary"
    telling.say(f"It would {told}, in the experiment {plan.experiment}.")
    telling.note({"outcome": "planned", "told": f"It would {told}."})
    if plan.unwatched:
        telling.say(f"Without monitoring: {plan.unwatched}.")


def _rebuild(asked: Asked, catalog: Catalog, day: str, *, dry_run: bool) -> None:
    """Make a past week once more, and say which versions in the store it is equal to."""
    import kedro_wandb  # noqa: PLC0415 - as above
    from kedro_wandb.errors import ArtifactNotFoundError  # noqa: PLC0415 - as above
    from rental_pricing.weekly import rebuild as rebuilds  # noqa: PLC0415 - as above

    rebuild = rebuilds.plan_rebuild(asked, catalog, day)
    if dry_run:
        steps = ", ".join(rebuilds.PIPELINES)
        click.echo(f"It would run {steps} as of {day} in {rebuild.folder}, untracked.")
        return
    made = rebuilds.rebuild_week(asked, rebuild)
    with asked.session() as session:
        session.load_context()  # the store is asked as this project is tracked
        for name, path in made.items():
            try:
                version = kedro_wandb.which(name, path)
            except ArtifactNotFoundError:
                version = None
            told = version.reference if version else "no version of it"
            click.echo(f"{path} is {told}")


def _do(
    asked: Asked,
    context: KedroContext,
    catalog: Catalog,
    telling: WeekTelling,
    *,
    looked: bool,
) -> None:
    """Run the week, and leave its page however it ends.

    What is to be done is looked at under the lock: whoever had to wait finds what the one
    before has left.

    Raises:
        WeekStoppedError: It stopped for a person.
    """
    import kedro_wandb  # noqa: PLC0415 - as above
    from rental_pricing.run_lock import market_lock  # noqa: PLC0415 - as above
    from rental_pricing.weekly import week as weeks  # noqa: PLC0415 - as above
    from rental_pricing.weekly.answer import week_answer  # noqa: PLC0415 - as above
    from rental_pricing.weekly.facts import week_facts  # noqa: PLC0415 - as above

    done: list[str] = []
    with market_lock(context, weeks.COMMAND):
        plan = weeks.plan_week(context, catalog)
        _tell(catalog, plan, telling)
        try:
            answered = weeks.run_week(asked, catalog, plan, done, looked=looked)
        except weeks.PersonNeededError as error:
            facts = week_facts(catalog, plan, done, str(error), judged=error.judged)
            telling.note(week_answer(facts))
            with kedro_wandb.step("weekly", experiment=plan.experiment):
                _leave_page(catalog, facts | _versions(catalog, facts["ran"]))
            raise WeekStoppedError(str(error)) from error
        except Exception as error:
            if not interrupted(error):
                facts = week_facts(catalog, plan, done, _told(error, asked), failed=True)
                telling.note(week_answer(facts))
                # Perhaps of the tracking, which is not asked to keep the page then.
                _leave_page(catalog, facts)
            raise
        with kedro_wandb.step("weekly", experiment=plan.experiment):
            facts = week_facts(catalog, plan, done, None, answered=answered)
            summary = _leave_page(catalog, facts | _versions(catalog, facts["ran"]))
        weeks.complete_week(catalog, plan)
        telling.note(week_answer(facts))
    telling.say(summary)


def _told(error: Exception, asked: Asked) -> str:
    from rental_pricing.messages.telling import tell  # noqa: PLC0415 - as above

    return tell(error, {"env": asked.env}) or f"{type(error).__name__}: {error}"


def _leave_page(catalog: Catalog, facts: Mapping[str, Any]) -> str:
    """Write the page in both its forms, and return it."""
    from rental_pricing.reporting.weekly_page import weekly_page  # noqa: PLC0415 - as above
    from rental_pricing.reporting.weekly_summary import weekly_summary  # noqa: PLC0415 - as above

    summary = weekly_summary(facts)
    title = f"Week of {facts['as_of']}, {facts['market']}"
    stopped = facts["stopped"] is not None
    catalog.save("weekly_summary", summary)
    page = weekly_page(summary, title, stopped=stopped, figures=facts["figures"])
    catalog.save("weekly_page", page)
    return summary


def _versions(catalog: Catalog, ran: list[str]) -> dict[str, list[dict[str, str | None]]]:
    """Return which versions in the store the files of the week are, as far as that is known."""
    import kedro_wandb  # noqa: PLC0415 - as above
    from kedro_wandb.errors import ArtifactNotFoundError, TrackingError  # noqa: PLC0415 - as above
    from rental_pricing.weekly.facts import versioned  # noqa: PLC0415 - as above

    found: list[dict[str, str | None]] = []
    tracked = catalog.load("tracking").kind != "disabled"
    for name in versioned(ran) if tracked else ():
        described: Mapping[str, Any] = getattr(catalog.get(name), "_describe", dict)()
        path = described.get("filepath")
        try:
            version = kedro_wandb.which(name, path) if path else None
            address = kedro_wandb.address(version) if version else None
        except ArtifactNotFoundError:
            continue  # the catalog gives it another name in the store
        except (TrackingError, OSError):
            break  # a server that is lost is not asked again: the week is done
        if version:
            found.append({"dataset": name, "reference": version.reference, "address": address})
    return {"versions": found}
