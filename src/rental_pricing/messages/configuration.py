"""Which file of ``conf/`` can't be read, where, and what to do.

Kedro's and OmegaConf's errors often name no file, or a line counted from 0. So when a run
stopped, the files that Kedro reads are looked through once more, in its order.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from rental_pricing.errors import cut, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS = ("catalog", "parameters", "credentials", "globals", "wandb")
_SUFFIXES = {".yml", ".yaml", ".json"}


def what_is_wrong(
    folder: Path, environments: list[str], given: Mapping[str, Any], error: BaseException
) -> str | None:
    """Return what is wrong with the configuration, or ``None`` where nothing is found.

    Args:
        folder: The folder of configuration, mostly ``conf``.
        environments: Its folders that the run reads: ``base``, and that of ``--env``.
        given: What ``--params`` says.
        error: What stopped the run.
    """
    for name in environments:
        if not (folder / name).is_dir():
            return _missing_environment(folder, name)
    for file in _files(folder, environments):
        problem = unreadable(file)
        if problem:
            return problem
    if isinstance(error, OmegaConfBaseException):
        return _unresolved(folder, environments, error)
    if isinstance(error, TypeError):
        return _list_for_a_block(folder, environments, given)
    return None


def unreadable(file: Path) -> str | None:
    """Return why a file is no block of names and values in YAML; ``None`` where it is one."""
    try:
        text = file.read_bytes().decode("utf-8").strip()
        content: Any = OmegaConf.create(text) if text else OmegaConf.create()
    except (OSError, ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
        return f"{shown(file)}{_why(error)}"
    if not OmegaConf.is_dict(content) or re.fullmatch(r"[^:#{]+", text):
        found = "a list" if OmegaConf.is_list(content) else f"just {cut(text)!r}"
        return f"{shown(file)} is {found}; it has to be names and values, such as 'seed: 1'."
    return None


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        byte = f"{error.object[error.start]:#04x}"
        return (
            f", line {line}, column {column}: byte {byte} is not UTF-8. "
            "Save the file with the encoding UTF-8."
        )
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return f"{place}: {cut(error.problem or error.context or '', 120)}. Correct the YAML there."
    if isinstance(error, OSError):
        return f" can't be read: {error.strerror}."
    return f": {cut(str(error).splitlines()[0], 200)}. Correct the file."


def shown(path: Path | str) -> str:
    """Return a path relative to the working directory, where it is inside."""
    path = Path(path)
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _files(folder: Path, environments: list[str]) -> Iterator[Path]:
    for name in dict.fromkeys(environments):
        for file in sorted((folder / name).rglob("*")):
            parts = file.relative_to(folder / name).parts
            if file.suffix in _SUFFIXES and any(part.startswith(_KINDS) for part in parts):
                yield file


def _missing_environment(folder: Path, name: str) -> str:
    known = (
        sorted(each.name for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
    )
    if not known:
        return f"{shown(folder)} is no folder of configuration: there is no {name} in it."
    hint = did_you_mean(name, known)
    return (
        f"There is no environment {cut(name)!r}{hint}: {shown(folder / cut(name))} is no folder. "
        f"Known are: {', '.join(known[:10])}."
    )


def _list_for_a_block(
    folder: Path, environments: list[str], given: Mapping[str, Any]
) -> str | None:
    """Tell of a list that would have to be merged with a block, or the other way round."""
    files = [(shown(file), _content(file)) for file in _files(folder, environments)]
    merged: dict[str, Any] = {}
    for place, content in [*files, ("--params", given)]:
        for name, known in _misfits(merged, content):
            kinds = "list", "block of names and values"
            found, wanted = kinds if isinstance(known, dict) else reversed(kinds)
            return f"{place}: {name} is a {found}, where a {wanted} has to be."
        _merge(merged, content)
    return None


def _content(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_bytes()) or {}
    return content if file.name.startswith("parameters") else {}


def _misfits(known: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in known.keys() & new.keys():
        if {type(known[name]), type(new[name])} == {dict, list}:
            yield name, known[name]
        elif isinstance(known[name], dict) and isinstance(new[name], dict):
            for inner, value in _misfits(known[name], new[name]):
                yield f"{name}.{inner}", value


def _merge(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(into.get(name), dict) and isinstance(value, dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _unresolved(folder: Path, environments: list[str], error: OmegaConfBaseException) -> str:
    """Tell of a ``${...}`` that can't be filled in: of which parameter, in which line."""
    text = cut(str(error).splitlines()[0], 160).rstrip(".")
    key: Any = getattr(error, "full_key", None)
    where = next(_lines_with_interpolation(folder, environments, str(key or "")), None)
    place = f"{where}: " if where else ""
    return (
        f"{place}{key}: {text[:1].lower()}{text[1:]}. "
        "Correct what stands between ${ and }, or put the value itself there."
    )


def _lines_with_interpolation(folder: Path, environments: list[str], key: str) -> Iterator[str]:
    """Yield the places where the last part of a name is given as ``${...}``, newest first."""
    last = key.rsplit(".", maxsplit=1)[-1]
    for file in reversed(list(_files(folder, environments))):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if "${" in line and last in line:
                yield f"{shown(file)}, line {number}"
