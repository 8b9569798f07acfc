"""From a fetched body to an article or a refusal, within a time limit."""

from __future__ import annotations

import faulthandler
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from types import FrameType
from typing import TypeVar

from corpus.record import Article, Rejected
from crawler.extraction import PageInput, extract
from crawler.outlet import Outlet
from storage.links import Link

T = TypeVar("T")

TLS_UNVERIFIED = "tls_unverified"
"""Flag of an article whose page came over a connection that nobody vouched for."""
GRACE_SECONDS = 20.0
"""After the limit: then the process ends itself, because its parser is somewhere where no signal is heard."""


class ParseTimeout(BaseException):
    """Parsing took too long. Not an Exception, so that no parser's own error handling can swallow it."""


def judge(
    link: Link,
    outlet: Outlet,
    *,
    body: bytes,
    url: str,
    content_type: str | None,
    fetched_at: datetime,
    outlets: Mapping[str, Outlet],
    seconds: float,
) -> Article | Rejected:
    """Extract one page of a link; a page on which that takes too long is `too_complex`.

    An article of an outlet whose certificates are not checked carries the flag `tls_unverified`: somebody on the way
    may have written it.
    """
    page = PageInput(
        body=body,
        url=url,
        outlet=outlet,
        fetched_at=fetched_at,
        content_type=content_type,
        hint_title=link.hint_title,
        hint_published=link.hint_published,
        outlets=outlets,
    )
    try:
        result = within(seconds, lambda: extract(page).result)
    except ParseTimeout:
        return Rejected("too_complex", f"extraction took more than {seconds:g} s")
    if isinstance(result, Article) and outlet.tls == "unverified":
        return result.with_(flags=(*result.flags, TLS_UNVERIFIED))
    return result


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do some parsing; only the main thread can be interrupted, elsewhere there is no limit.

    Raises:
        ParseTimeout: it took longer than `seconds`.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise ParseTimeout

    before = signal.signal(signal.SIGALRM, stop)
    # Signals are heard between two steps of Python only. A parser that hangs inside C code is ended with the
    # process; the next run finds the link in `fetching` and charges it.
    faulthandler.dump_traceback_later(seconds + GRACE_SECONDS, exit=True, file=2)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # also where the signal came at the last moment, inside the inner `finally`
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, before)
