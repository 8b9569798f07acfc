"""The errors of tintinh, one small tree.

    TintinhError                 code, message, hint, retry
    ├── UsageError               exit 2: options, query, configuration, outlet files, unknown names
    │   └── QueryError           + position in the query
    ├── WorkError                exit 3: data folder, disk, lock held, newer database
    │   └── LockHeld             another process holds the lock
    └── DeliveryError            a channel could not deliver; retry says whether trying again helps

`code` is stable and machine-readable (`unknown_outlet`, `disk_full`); `message` is one English sentence
that names the file, the key or the URL; `hint` is the next step for a person.
"""

from __future__ import annotations


class TintinhError(Exception):
    """Base of all errors that a person may meet; `retry` is true where trying again later may help."""

    def __init__(self, code: str, message: str, *, hint: str | None = None, retry: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retry = retry


class UsageError(TintinhError):
    """Wrong use: options, query, configuration or an unknown name. The command ends with exit code 2."""


class QueryError(UsageError):
    """A topic query that cannot be read; `position` counts code points from the start of the query."""

    def __init__(self, message: str, *, position: int, hint: str | None = None) -> None:
        super().__init__("query", message, hint=hint)
        self.position = position


class WorkError(TintinhError):
    """The work cannot be done here: data folder, disk, lock or database. Exit code 3."""


class LockHeld(WorkError):
    """Another process holds a lock that this step needs; `owner` says who, where it is known."""

    def __init__(self, code: str, message: str, *, owner: str = "", hint: str | None = None) -> None:
        super().__init__(code, message, hint=hint, retry=True)
        self.owner = owner


class DeliveryError(TintinhError):
    """A channel did not take an alert. `retry` false means that trying again cannot help.

    `status` is the receiver's code where it gave one; `retry_after` is its wish in seconds.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry: bool,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message, retry=retry)
        self.status = status
        self.retry_after = retry_after
