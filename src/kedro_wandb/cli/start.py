"""The first ``wandb.yml`` of a project, which switches tracking on."""

from __future__ import annotations

from pathlib import Path

import click
from kedro.framework.project import settings as kedro_settings

from kedro_wandb.cli import text
from kedro_wandb.cli.console import Asked, CommandError
from kedro_wandb.errors import ConfigurationError
from kedro_wandb.settings.config import FILE, load_config
from kedro_wandb.settings.template import template

_KINDS = {".yml", ".yaml", ".json"}
"""Files that Kedro takes for configuration."""


def checked_project(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """Return a name that W&B allows.

    Raises:
        click.BadParameter: It is none.
    """
    try:
        load_config({} if name is None else {"project": name}, {})
    except ConfigurationError as error:
        raise click.BadParameter(str(error).removeprefix(f"{FILE}: 'project': ")) from None
    return name


def run(asked: Asked, project: str | None) -> None:
    """Write the file, and tell where it is.

    Raises:
        CommandError: There is such configuration, or no folder for it.
    """
    file = _place(asked) / FILE
    _check_new(file)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(template(project))
    except FileExistsError:
        raise _exists(file) from None
    name = project or asked.metadata.package_name
    told = {"file": str(file), "project": name}
    asked.answer(told, lambda: text.plain(_done(_relative(file, asked), name)))


def _place(asked: Asked) -> Path:
    root = Path(asked.conf_source or asked.metadata.project_path / kedro_settings.CONF_SOURCE)
    return root / (asked.env or kedro_settings.CONFIG_LOADER_ARGS.get("base_env") or "")


def _check_new(file: Path) -> None:
    folder = file.parent
    if not folder.is_dir():
        msg = f"There is no folder {folder} to write {FILE} into: make it, or name another."
        raise CommandError(msg)
    for found in sorted(folder.rglob("*")):
        top = found.relative_to(folder).parts[0]
        ours = found.name.startswith("wandb") or top.startswith("wandb")  # as project.PATTERNS
        if ours and found.suffix in _KINDS:
            raise _exists(found)


def _exists(file: Path) -> CommandError:
    return CommandError(f"{file} is there already, and nothing was written: change it by hand.")


def _relative(file: Path, asked: Asked) -> Path:
    project = asked.metadata.project_path
    return file.relative_to(project) if file.is_relative_to(project) else file


def _done(file: Path, project: str) -> str:
    return (
        f"{file} is written: the next kedro run is tracked, as project {project}.\n"
        "Every value in it is the default. kedro wandb status tells how and where to."
    )
