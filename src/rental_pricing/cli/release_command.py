"""``kedro release``: a person decides what is in production."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from rental_pricing.cli.session_command import session_command

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.asked import Asked
    from rental_pricing.cli.production import Production
    from rental_pricing.release.manual_releases import Move

_EXITS = (
    "Exit status: 0 done, or in production already; 1 refused or failed; 2 usage; 3 nothing waits"
    " for a person, or there is no such version; 4 the server can't be reached."
)


@session_command(epilog=_EXITS)
@click.option("--version", help="Release this version of price_model, such as v3; with --reason.")
@click.option(
    "--rollback", is_flag=True, help="Back to what was in production before; with --reason."
)
@click.option(
    "--decline", is_flag=True, help="Not to release what waits for a person; with --reason."
)
@click.option("--reason", help="Why; it is kept.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
def release(
    asked: Asked,
    *,
    version: str | None,
    rollback: bool,
    decline: bool,
    reason: str | None,
    dry_run: bool,
) -> None:
    """Release the model that the newest decision leaves to a person.

    With --version any other one, and with --rollback the one that was in production before.
    With --decline it is not released, and what is in production stays. What was declined or
    rolled back is never released again by rule, only by --version. The week that waited for
    this goes on with the next kedro weekly.
    """
    reason = (reason or "").strip() or None
    if bool(version) + rollback + decline > 1:
        msg = "--version, --rollback and --decline exclude each other."
        raise click.UsageError(msg)
    if reason is None and (version or rollback or decline):
        msg = "Say why, it is kept: --reason 'estimates in Queens are too high'"
        raise click.UsageError(msg)

    def planned(production: Production) -> Move:
        if version:
            return production.by_hand(version, str(reason))
        if decline:
            return production.declined(str(reason))
        return production.back(str(reason)) if rollback else production.waiting(reason)

    try:
        _release(asked, planned, dry_run=dry_run)
    except click.ClickException:
        raise
    except Exception as error:
        told = _told(error, asked)
        if told is error:
            raise
        raise told from error


def _release(asked: Asked, planned: Callable[[Production], Move], *, dry_run: bool) -> None:
    from rental_pricing.cli.production import Production  # noqa: PLC0415 - not for other commands
    from rental_pricing.run_lock import market_lock  # noqa: PLC0415 - as above

    command = shlex.join(["kedro", "release", *(["--env", asked.env] if asked.env else [])])
    with asked.session() as session:
        context = session.load_context()
        with market_lock(context, command):
            production = Production(context.catalog)
            move = planned(production)
            if move.to == production.now:
                click.echo(f"{move.to} is in production already.")
                return
            planned_told, done_told = _told_of(move)
            if dry_run:
                click.echo(f"{planned_told}: {move.reason}")
                return
            production.make(move)
            click.echo(f"{done_told}: {move.reason}")


def _told_of(move: Move) -> tuple[str, str]:
    """Return what would be done, and what was done."""
    if move.action == "declined":
        stays = f"{move.before} stays" if move.before else "nothing is"
        told = f"{stays} in production"
        return f"Would decline {move.to}, {told}", f"{move.to} is declined, {told}"
    before = f"instead of {move.before}" if move.before else "where there was nothing"
    return (
        f"Would put {move.to} into production, {before}",
        f"{move.to} is in production now, {before}",
    )


def _told(error: Exception, asked: Asked) -> Exception:
    """Return what is raised instead: for people, if it is for them."""
    from kedro_wandb.errors import StoreUnavailableError, TrackingError  # noqa: PLC0415 - only now
    from rental_pricing.cli import production  # noqa: PLC0415 - as above
    from rental_pricing.messages.telling import tell  # noqa: PLC0415 - as above

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, TrackingError):
        cause = cause.__cause__
    if isinstance(cause, StoreUnavailableError):
        return production.StoreUnreachableError(str(cause))
    text = str(cause) if cause is not None else tell(error, asked.options)
    return error if text is None else production.ReleaseError(text)
