"""``kedro markets``: the week's work of many markets, side by side."""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rental_pricing import PROGRAM
from rental_pricing.cli.clear_errors import plain_errors
from rental_pricing.cli.run_command import run
from rental_pricing.errors import cut_list

if TYPE_CHECKING:
    from rental_pricing.markets.configured import Configured, Market
    from rental_pricing.markets.processes import Job

_STATUS = (
    "Exit status: 0 all done, or nothing new; 1 some failed, or another run is at work on them; "
    "2 usage; 4 none failed, and a person is needed for some; 130, 143 stopped by Ctrl-C, by "
    "SIGTERM."
)
_GIVEN = "rental_pricing.params"
"""Where click keeps what ``--params`` says, as it was typed."""

_SIGNALLED = 128


def _shared(name: str) -> click.Parameter:
    return next(each for each in run.params if each.name == name)


def _typed(option: click.Parameter) -> click.Parameter:
    """Let an option also keep its text, which each market's own command gets."""
    parse: Callable[..., Any] = option.callback or (lambda *given: given[-1])

    def parsed(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        context.meta[_GIVEN] = value
        return parse(context, parameter, value)

    option = copy.copy(option)
    option.callback = parsed
    return option


@click.command(epilog=_STATUS)
@click.argument("names", metavar="[MARKET]...", nargs=-1)
@click.option("--except", "left_out", metavar="MARKET", multiple=True, help="All but this one.")
@click.option(
    "--jobs", "-j", type=click.IntRange(1), help="Markets at a time; default: one for each core."
)
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one line of JSON.")
@click.pass_context
def markets(
    context: click.Context,
    *,
    names: tuple[str, ...],
    left_out: tuple[str, ...],
    jobs: int | None,
    dry_run: bool,
    as_json: bool,
    conf_source: str | None,
    params: Mapping[str, Any] | None,
) -> None:
    """Do the week's work (kedro weekly) of all markets, each in a process of its own.

    MARKET is a folder of the configuration: base, and any that names a market of its own. Each
    has its own data, lock, versions and model in production; whatever becomes of one, the others
    are done. Stopped, or with some that failed, the same command goes on where it was.
    """
    from rental_pricing.cli.markets_text import Progress, result_text  # noqa: PLC0415 - not for --help
    from rental_pricing.markets import results as outcomes  # noqa: PLC0415 - as above
    from rental_pricing.markets.logs import new_log_folder  # noqa: PLC0415 - as above
    from rental_pricing.markets.processes import Processes, shared_out  # noqa: PLC0415 - as above

    with plain_errors({"conf_source": conf_source, "params": params}):
        found = _found(context, conf_source, params or {}, names, left_out)
        logs = new_log_folder(Path(context.obj.project_path))
    progress = Progress(len(found.markets) + len(found.broken))
    for told in _heads(found):
        progress.say(told)
    ended = [outcomes.broken(name, told) for name, told in found.broken.items()]
    for result in ended:
        progress.ended(result)
    number = min(jobs or _cores(), max(1, len(found.markets)))
    variables = {name: value for name, value in os.environ.items() if name != "KEDRO_ENV"}
    processes = Processes(number, shared_out(_cores(), number, variables), progress.say)
    work = [_job(context, market, logs, conf_source, dry_run=dry_run) for market in found.markets]
    with progress.shown():
        for each in processes.run(work, lambda job: progress.begun(job.name)):
            ended.append(result := outcomes.result_of(each))
            progress.ended(result)
    order = [*(market.environment for market in found.markets), *found.broken]
    ended.sort(key=lambda result: order.index(result.environment))
    if as_json:
        rows = [result.to_dict() for result in ended]
        answer = {"markets": rows, "passed_over": found.passed_over, "logs": str(logs)}
        click.echo(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        click.echo(result_text(ended, logs))
    stopped = processes.stopped_by
    raise SystemExit(_SIGNALLED + stopped if stopped else outcomes.exit_status(ended))


markets.params += [_shared("conf_source"), _typed(_shared("params"))]


def _cores() -> int:
    """Return how many cores this process may use: of its affinity, or of its container."""
    from joblib import cpu_count  # noqa: PLC0415 - not for --help

    return int(cpu_count())


def _found(
    context: click.Context,
    conf_source: str | None,
    params: Mapping[str, Any],
    names: tuple[str, ...],
    left_out: tuple[str, ...],
) -> Configured:
    """Return the markets that were asked for.

    Raises:
        click.UsageError: One is no market, or there is none.
    """
    from rental_pricing.cli.markets_reading import read_markets  # noqa: PLC0415 - not for --help
    from rental_pricing.markets.configured import MarketsError  # noqa: PLC0415 - as above

    try:
        return read_markets(context.obj, conf_source, params).select(names, left_out)
    except MarketsError as error:
        raise click.UsageError(str(error)) from error


def _heads(found: Configured) -> list[str]:
    """Say which markets there are, what is none, and whether they are tracked alike."""
    told = [f"{market.environment} ({market.name})" for market in found.markets]
    lines = [f"Markets: {cut_list(told)}"] if told else []
    lines += [f"{name} is passed over: {reason}" for name, reason in found.passed_over.items()]
    ways: dict[str, list[str]] = {}
    for market in found.markets:
        if market.tracked is not None:
            way = f"{market.tracked.kind} ({market.tracked.reason})"
            ways.setdefault(way, []).append(market.environment)
    if len(ways) > 1:
        told = [f"{cut_list(names)}: {way}" for way, names in ways.items()]
        lines.append(f"Not all are tracked alike: {'; '.join(told)}")
    return lines


def _job(
    context: click.Context, market: Market, logs: Path, conf_source: str | None, *, dry_run: bool
) -> Job:
    """Return the command of one market: the one that a person would type for it."""
    from rental_pricing.markets.processes import Job  # noqa: PLC0415 - as above

    module = context.obj.package_name if context.find_root().info_name == PROGRAM else "kedro"
    command = [sys.executable, "-P", "-m", module, "weekly", "--json"]
    if market.env is not None:
        command += ["--env", market.env]
    if dry_run:
        command.append("--dry-run")
    if conf_source:
        command += ["--conf-source", conf_source]
    if given := context.meta.get(_GIVEN):
        command += ["--params", given]
    answer, log = (logs / f"{market.environment}.{kind}" for kind in ("json", "log"))
    return Job(market.environment, command, answer, log)
