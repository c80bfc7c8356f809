"""Which process did something, and whether it still lives."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_STATE, _START = 0, 19
"""Places in ``/proc/<pid>/stat`` behind the name, as ``man proc_pid_stat`` has them."""


@dataclass(frozen=True)
class Process:
    """A process, told apart from a later one with the same number.

    Attributes:
        host: Name of its machine.
        pid: Its number there.
        mark: When it started, on Linux; empty where the system does not tell.
    """

    host: str
    pid: int
    mark: str

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls(platform.node(), os.getpid(), _mark(os.getpid()) or "")

    @classmethod
    def parse(cls, text: str) -> Process | None:
        """Return the process that ``str`` wrote, or ``None`` if it did not.

        >>> Process.parse(str(Process("my-host", 7, "1x2"))).host
        'my-host'
        >>> Process.parse("rows.csv")
        """
        pid, _, rest = text.partition("-")
        mark, separator, host = rest.partition("-")
        return cls(host, int(pid), mark) if pid.isdecimal() and separator else None

    def __str__(self) -> str:
        """Return a text that may be the beginning of a file's name."""
        return f"{self.pid}-{self.mark}-{self.host}"

    @property
    def is_gone(self) -> bool:
        """Whether it surely runs no more; of another machine's nothing is known."""
        if self.host != platform.node() or os.name != "posix":
            return False
        if self.mark:
            return _mark(self.pid) != self.mark
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


def _mark(pid: int) -> str | None:
    """Return the start of a living process, in clock ticks of this boot of the machine."""
    try:
        fields = (_PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in "ZX" else f"{fields[_START]}x{_boot()}"


@cache
def _boot() -> str:
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip().replace("-", "")
