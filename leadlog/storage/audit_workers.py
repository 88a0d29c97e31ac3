"""Processes that share out tasks of verification on a large file (`audit_process`)."""

import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from leadlog.storage import audit_process
from leadlog.storage.audit_process import PROGRESS

_LEFT_UNDONE: Final = None


class Workers:
    """Processes each of which takes the next task, as soon as it is done with the one before.

    So none waits while there is something to do, whatever takes longest.

    Args:
        tasks: what to do, in the order in which it is begun; names that `audit_process` knows.
        path: the file.
        date: the log date to look at, or None for all.
        count: how many processes.
    """

    def __init__(self, tasks: Iterable[str], path: str, date: str | None, count: int) -> None:
        self._begun = (*tasks,)
        self._left = deque(self._begun)
        self._results: dict[str, list[Any] | None] = {}
        self._events: SimpleQueue[tuple[str, list[Any] | None] | None] = SimpleQueue()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []
        self._serving = 0
        given = [path, *([date] if date else [])]
        try:
            for _ in range(count):
                self._start(given)
        except BaseException:  # whatever it was, nobody else knows of the processes
            self.stop()
            raise

    def result(self, task: str, progress: Callable[[int], None]) -> list[Any] | None:
        """Wait for a task, and return what came of it.

        Args:
            task: its name.
            progress: told how many attempts more were read meanwhile, for whichever task.

        Returns:
            None if it was not among those to do, or the process that took it died.
        """
        if task not in self._begun:
            return None
        while task not in self._results and self._serving:
            event = self._events.get()
            if event is None:
                self._serving -= 1
                continue
            name, result = event
            if name == PROGRESS and result is not None:
                progress(*result)
            else:
                self._results[name] = result
        return self._results.get(task)

    def stop(self) -> None:
        """End them, whether done or not."""
        self._left.clear()
        for process in self._processes:
            process.kill()
        for thread in self._threads:
            thread.join()
        for process in self._processes:  # one may have no thread that does so
            with suppress(OSError), process:
                pass

    def _start(self, given: Sequence[str]) -> None:
        """Start a process, if one can be started, and a thread that tells it what to do."""
        with suppress(OSError):
            process = subprocess.Popen(  # noqa: S603  # our own interpreter, and no shell
                [sys.executable, "-P", "-m", audit_process.__name__, *given],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._processes.append(process)
            thread = Thread(target=self._serve, args=(process,), daemon=True)
            with suppress(RuntimeError):  # as many threads run already as may
                thread.start()
                self._threads.append(thread)
                self._serving += 1

    def _serve(self, process: "subprocess.Popen[bytes]") -> None:
        try:
            # Once it has died nobody reads what it is told; and it may say what makes no sense.
            with suppress(OSError, ValueError, TypeError), process:
                while (task := self._next()) is not None and self._has_done(process, task):
                    pass
        finally:
            self._events.put(None)

    def _next(self) -> str | None:
        """Take the next task; None if another thread has taken the last."""
        with suppress(IndexError):
            return self._left.popleft()
        return None

    def _has_done(self, process: "subprocess.Popen[bytes]", task: str) -> bool:
        """Have a task done, and return whether the process lived to the end of it."""
        done = False
        try:
            for name, *result in _answers(process, task):
                self._events.put((name, result))
                done = name == task
                if done:
                    break
        finally:
            if not done:
                self._events.put((task, _LEFT_UNDONE))
        return done


def _answers(process: "subprocess.Popen[bytes]", task: str) -> Iterator[list[Any]]:
    """Tell a process what to do and yield what it says; a line that it did not end says nothing."""
    if process.stdin is None or process.stdout is None:
        return
    process.stdin.write(f"{task}\n".encode())
    process.stdin.flush()
    for line in process.stdout:
        if line.endswith(b"\n"):
            yield json.loads(line)
