"""A child process that speaks JSON objects, one a line: started, listened to, written to, ended for certain."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

LINE_BYTES = 1024 * 1024
"""Longest line read from a child; a longer one is skipped."""

Heard = Callable[[dict[str, Any]], None]

log = logging.getLogger(__name__)


class Child:
    """A process in a session of its own, whose stdout is read all the time.

    Each JSON object on its stdout goes to `heard`; anything else is logged and skipped. `silent` is set
    once its stdout has ended. Call `end` on every child that was started, however it went.
    """

    def __init__(self, process: Process, name: str, heard: Heard) -> None:
        self._process = process
        self._name = name
        self.heard = heard
        self.silent = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        name: str,
        heard: Heard,
        line_bytes: int = LINE_BYTES,
        stderr: IO[bytes] | int | None = None,
    ) -> Child:
        """Start a command (no shell); its stderr is inherited unless given.

        Raises:
            OSError: the command cannot be started.
        """
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=stderr, start_new_session=True, limit=line_bytes
        )
        return cls(process, name, heard)

    @property
    def pid(self) -> int:
        """The process id, which is its group's id too."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs and can still be heard; asks the kernel, which knows before the event loop does."""
        if self.exited or self.silent.is_set():
            return False
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    @property
    def exited(self) -> bool:
        """Whether the process itself is gone (a process that it left behind may still hold its stdout)."""
        return self._process.returncode is not None

    def send(self, line: str) -> None:
        """Write one line. A child that is gone takes nothing; `alive` tells."""
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            # A lone surrogate of a command line becomes a JSON escape instead of an error.
            stdin.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def close_stdin(self) -> None:
        """Give it the end of its input, the polite way to ask it to leave."""
        if self._process.stdin is not None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.close()

    async def gone(self, seconds: float) -> bool:
        """Wait a bounded time for its exit; true once it is gone."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        # Short waits: wait() also waits for the pipes, which a process that it left behind may hold.
        while not self.exited and (left := deadline - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), min(0.1, left))
        return self.exited

    async def end(self, graces: Sequence[float]) -> None:
        """End it: TERM and a grace in seconds for each entry of `graces`, then KILL to its whole group.

        Takes at most the sum of the graces and two seconds.
        """
        self.close_stdin()
        for seconds in graces:
            if self.exited:
                break
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            await self.gone(seconds)
        self.kill()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), 1.0)
        await asyncio.wait({self._reading}, timeout=1.0)
        self._reading.cancel()

    def kill(self) -> None:
        """KILL its whole group at once, with all that it may have started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def how_it_ended(self) -> str:
        """In English, for logs and problems: `exit code 3`, `signal SIGSEGV`, `still running`."""
        code = self._process.returncode
        if code is None:
            return "still running, its output ended"
        if code >= 0:
            return f"exit code {code}"
        try:
            return f"signal {signal.Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"

    async def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while True:
                try:
                    line = await stdout.readline()
                except ValueError:
                    # A line above the limit: readline dropped what it held, its rest reads as garbage.
                    log.warning("child_line_too_long", extra={"child": self._name, "child_pid": self.pid})
                    continue
                if not line:
                    return
                self._take(line)
        finally:
            self.silent.set()

    def _take(self, line: bytes) -> None:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            shown = line[:200].decode("utf-8", "replace").rstrip()
            log.warning("child_garbage", extra={"child": self._name, "child_pid": self.pid, "line": shown})
            return
        try:
            self.heard(value)
        except Exception:  # one odd line must not end the reading, which would look like a death
            log.exception("child_line_failed", extra={"child": self._name, "child_pid": self.pid})


def resident_bytes(pid: int) -> int | None:
    """Resident memory of a process (Linux); None where it cannot be read."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None
