"""``kedro where``: what became of each row of one listing."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.argument("listing_id", metavar="ID", type=click.IntRange(0, 2**63 - 1))
@click.option("--env", "-e", help="Kedro's configuration environment.")
@click.pass_obj
def where(metadata: Any, listing_id: int, env: str | None) -> None:
    """Tell where each delivered row of the listing ID went, drop by drop."""
    from kedro.framework.session import KedroSession  # noqa: PLC0415 - not for other commands

    from rental_pricing.listings.whereabouts import find_rows  # noqa: PLC0415 - as above

    try:
        with KedroSession.create(metadata.project_path, env=env) as session:
            context = session.load_context()  # type: ignore[attr-defined]
            drops = context.catalog.load("typed_drops")
            rows = find_rows(listing_id, drops)
    except Exception as error:
        from rental_pricing.messages.telling import tell  # noqa: PLC0415 - as above

        text = tell(error, {"env": env})
        if text is None:
            raise
        raise click.ClickException(text) from error
    if not rows:
        msg = f"No row of the drops {', '.join(drops)} has the id {listing_id}."
        raise click.ClickException(msg)
    click.echo("\n".join(str(row) for row in rows))
    absent = sorted(set(drops) - {row.day for row in rows})
    if absent:
        click.echo(f"not in {', '.join(absent)}")
