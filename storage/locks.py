"""Locks between processes: `flock` on small files in `<data>/locks/`, gone with the process that holds them."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from corpus.errors import LockHeld, WorkError


class Lock:
    """One lock of one data folder. Contract:

    - Held by one `Lock` object at a time, whether in this process or another; the kernel frees it when the holder
      dies, however it dies. The file stays: removing it would let two processes lock two files of one name.
    - While held, the file says who holds it (`<process id> <command>`), for people only.
    - Programs that are started with exec do not inherit it.
    """

    def __init__(self, path: Path, what: str) -> None:
        """`what` names the locked thing in messages, such as `host baotinhnao.vn`."""
        self.path = path
        self.what = what
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock, or fail at once.

        Raises:
            LockHeld: code `lock_held`; its `owner` says who holds it.
            WorkError: `data_unreadable`, the lock file cannot be made.
        """
        if not self._take(fcntl.LOCK_EX | fcntl.LOCK_NB):
            owner = self.owner()
            raise LockHeld("lock_held", f"{self.what} is in use by another process ({owner or 'unknown'})", owner=owner)

    def wait(self, on_wait: Callable[[str], None]) -> None:
        """Take the lock, waiting as long as it takes; `on_wait` is told the owner once if waiting is needed.

        Raises:
            WorkError: `data_unreadable`, the lock file cannot be made.
        """
        if not self._take(fcntl.LOCK_EX | fcntl.LOCK_NB):
            on_wait(self.owner())
            self._take(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the lock back; nothing happens if it is not held."""
        if self._file is not None:
            with suppress(OSError):  # the owner's name is for people; the lock goes with the close below
                os.ftruncate(self._file, 0)
            # Closing alone may come too late: a program that is just being started still has a copy until its exec.
            fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = None

    def owner(self) -> str:
        """Who holds the lock, as the holder wrote it; empty if nobody does or it cannot be read."""
        try:
            return self.path.read_text("utf-8", "replace").strip()
        except OSError:
            return ""

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, how: int) -> bool:
        if self._file is not None:
            raise RuntimeError(f"{self.what}: this lock is held already")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise WorkError(
                "data_unreadable", f"{self.path}: {error.strerror}", hint="give another folder with --data"
            ) from error
        try:
            fcntl.flock(file, how)
        except OSError as error:
            os.close(file)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise WorkError("data_unreadable", f"{self.path}: {error.strerror}") from error
        except BaseException:  # interrupted while waiting
            os.close(file)
            raise
        self._file = file
        with suppress(OSError):  # a full disk must not refuse the lock
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()} {' '.join(sys.argv)[:200]}\n".encode("utf-8", "replace"), 0)
        return True


def host_lock(folder: Path, host: str) -> Lock:
    """The lock of one registrable host or server address; `folder` is the data folder's `locks/`."""
    name = quote(host.lower(), safe="")[:200]
    kind = "server" if _is_address(host) else "host"
    return Lock(folder / f"host-{name}.lock", f"{kind} {host.lower()}")


def _is_address(name: str) -> bool:
    """Whether a name is an address, with or without a port."""
    for text in (name, name.rpartition(":")[0].strip("[]")):
        with suppress(ValueError):
            ip_address(text)
            return True
    return False


def daemon_lock(folder: Path) -> Lock:
    """The lock that lets one daemon run on a data folder; `folder` is the data folder's `locks/`."""
    return Lock(folder / "daemon.lock", "the daemon of this data folder")


def intake_lock(folder: Path) -> Lock:
    """The lock that lets one intake work on a data folder; `folder` is the data folder's `locks/`."""
    return Lock(folder / "intake.lock", "intake")
