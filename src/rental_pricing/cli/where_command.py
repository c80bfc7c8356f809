"""``kedro where``: what became of each row of one listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rental_pricing.cli.clear_errors import plain_errors
from rental_pricing.cli.session_command import session_command

if TYPE_CHECKING:
    from rental_pricing.asked import Asked


@session_command()
@click.argument("listing_id", metavar="ID", type=click.IntRange(0, 2**63 - 1))
def where(asked: Asked, listing_id: int) -> None:
    """Tell where each delivered row of the listing ID went, drop by drop."""
    from rental_pricing.listings.whereabouts import find_rows  # noqa: PLC0415 - not for --help

    with plain_errors(asked.options), asked.session() as session:
        drops = session.load_context().catalog.load("typed_drops")
        rows = find_rows(listing_id, drops)
    if not rows:
        msg = f"No row of the drops {', '.join(drops)} has the id {listing_id}."
        raise click.ClickException(msg)
    click.echo("\n".join(str(row) for row in rows))
    absent = sorted(set(drops) - {row.day for row in rows})
    if absent:
        click.echo(f"not in {', '.join(absent)}")
