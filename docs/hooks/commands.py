"""The page of all commands, from what click knows of them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click
from mkdocs.structure.files import File, Files

from rental_pricing.__main__ import commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig

PAGE = "reference/commands.md"

_HEAD = """# Commands

In the repository they are called `kedro …`, from installed wheels `rental-pricing …`:
the same commands. Each has `--help`.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    files.append(File.generated(config, PAGE, content="\n".join(command_page())))
    return files


def command_page() -> Iterator[str]:
    """Write a chapter a command."""
    yield _HEAD
    context = click.Context(commands, info_name="kedro")
    for name in commands.list_commands(context):
        if command := commands.get_command(context, name):
            yield from _chapter(command, click.Context(command, context, name), 2)


def _chapter(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    if command.hidden:
        return
    yield f"{'#' * level} {context.command_path}\n"
    yield f"```console\n{_usage(command, context)}\n```\n"
    yield _prose(inspect.cleandoc(command.help or "")) + "\n"
    yield from _options(command, context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if inner := command.get_command(context, name):
                yield from _chapter(inner, click.Context(inner, context, name), level + 1)


def _usage(command: click.Command, context: click.Context) -> str:
    return f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}"


def _prose(text: str) -> str:
    """Return a help text as Markdown; what is set in columns is a block of code."""
    paragraphs = re.split(r"\n\n+", text.strip())
    return "\n\n".join(
        f"```text\n{each}\n```" if re.search(r"^ |\S {2,}\S", each, re.MULTILINE) else each
        for each in (each.removeprefix("\b").strip("\n") for each in paragraphs)
    )


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    records = [
        record
        for parameter in command.params
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context))
    ]
    if records:
        yield "| option | meaning |\n|---|---|"
        for name, told in records:
            yield f"| `{_cell(name)}` | {_cell(told)} |"
        yield ""


def _cell(text: str) -> str:
    escaped = text.replace("|", "\\|").replace("<", "&lt;")
    return " ".join(escaped.split())
