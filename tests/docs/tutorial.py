"""Does what a tutorial says: its blocks of code, in their order, in a folder."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r'^```(\w+)(?: title="(.+?)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

_LEFT_OUT = re.compile(r"source |make (?!run)")


class TutorialError(AssertionError):
    """A block can't be done as it is written."""


@dataclass(frozen=True)
class Block:
    """A block of code.

    Attributes:
        language: What follows its backticks.
        file: Its title: the file that it is, or changes; "" where there is none.
        text: What is in it.
    """

    language: str
    file: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in order."""
    return [Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def follow(page: Path, folder: Path, environment: dict[str, str]) -> str:
    """Do all that a page says.

    Commands are run by bash, ``cd`` holds for what follows; a block with a title is a new file,
    or with ``diff`` a change of one; Python without a title is run. ``text`` is only shown. What
    makes an environment, or opens a browser, is left out: the tests have their own.

    Returns:
        What commands and scripts printed.

    Raises:
        TutorialError: A command fails, or a change does not fit.
    """
    printed = []
    for block in blocks(page):
        if block.language == "diff":
            change(folder / block.file, block.text)
        elif block.file:
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            printed.append(_run([sys.executable, "-c", block.text], folder, environment))
        elif block.language == "console":
            for line in block.text.splitlines():
                if line.startswith("cd "):
                    folder = folder / line.removeprefix("cd ")
                elif not _LEFT_OUT.match(line):
                    command = line.replace("make run", "kedro run")  # as make does
                    printed.append(_run(["bash", "-c", command], folder, environment))
    return "\n".join(printed)


def change(file: Path, diff: str) -> None:
    """Replace the lines with ``-`` by those with ``+``.

    Raises:
        TutorialError: They are not in the file, or several times.
    """
    before, after = (
        "".join(line[1:] + "\n" for line in diff.splitlines() if line[0] in {" ", sign})
        for sign in "-+"
    )
    text = file.read_text(encoding="utf-8")
    if text.count(before) != 1:
        msg = f"{file.name} has these lines {text.count(before)} times:\n{before}"
        raise TutorialError(msg)
    file.write_text(text.replace(before, after), encoding="utf-8")


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    if done.returncode != 0:
        msg = f"{command[-1]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        raise TutorialError(msg)
    return f"$ {command[-1]}\n{done.stdout}"
