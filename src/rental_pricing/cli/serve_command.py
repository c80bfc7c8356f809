"""``kedro serve``: prices on request, and a page to ask for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from rental_pricing.cli.clear_errors import clear_errors
from rental_pricing.cli.run_command import fewer_collections
from rental_pricing.cli.session_command import session_command

if TYPE_CHECKING:
    from rental_pricing.asked import Asked

_KEY = "Set RENTAL_PRICING_API_KEY to let in only who sends it as the header X-API-Key."
_EXTRA = ("fastapi", "starlette", "uvicorn", "prometheus_client", "swagger_ui_bundle")


@session_command(epilog=_KEY)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 is any that is free.",
)
@click.option("--root-path", default="", metavar="PATH", help="Under which a proxy shows it.")
@click.option(
    "--shadow",
    metavar="price_model:VERSION",
    help="A challenger: priced aside, and compared in /metrics and the log.",
)
@click.option("--traceback", is_flag=True, help="Show the traceback of any error.")
def serve(
    asked: Asked,
    *,
    host: str,
    port: int,
    root_path: str,
    shadow: str | None,
    traceback: bool,
) -> None:
    """Estimate prices on request, by the model in production, until it is stopped.

    The page is at /, the description of the API at /docs. When another model is released, that
    one answers, without a restart. SIGTERM and Ctrl-C end it when what is under way is answered.
    """
    with clear_errors(asked.options, traceback=traceback), fewer_collections():
        try:
            from rental_pricing.serving.server import serve as listen  # noqa: PLC0415 - an extra
        except ModuleNotFoundError as error:
            if error.name is None or error.name.split(".")[0] not in _EXTRA:
                raise
            msg = (
                f"{error.name} is missing: pip install 'rental-pricing[serve]' (the extra 'serve')"
            )
            raise click.ClickException(msg) from error
        with asked.session() as session:
            context = session.load_context()
        listen(context, os.environ, host=host, port=port, root_path=root_path, shadow=shadow)
