"""Fetching, one request after the other: gate, robots.txt, budget and delay first, then a classified response."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from scrapy import Request
from scrapy.http import Response

from corpus.clock import Clock, stamp
from corpus.urls import host_of, resolve
from crawler.fetching import robots
from crawler.fetching.cookies import gate_cookie
from crawler.fetching.failures import classify_failure, describe, failure_code
from crawler.fetching.guard import Gate
from crawler.fetching.responses import ResponseClass, classify, refresh_target
from crawler.fetching.turns import NotNow, RunOver, Stop, Turns
from crawler.job import Problem
from crawler.options import CrawlOptions
from storage.hosts import HostStore, RobotsCopy

__all__ = ["Disallowed", "Download", "Fetched", "Fetcher", "NotNow", "RunOver", "Spent", "Stop", "Traffic"]

Download = Callable[[Request], Awaitable[Response]]
"""Scrapy's engine: one request through its middlewares and handler."""

REDIRECTS = 5
_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
_CONDITIONS = frozenset({"If-None-Match", "If-Modified-Since"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response and its class. Header names are as sent; the body is decoded. Without a response status is None."""

    response: ResponseClass
    url: str
    final_url: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    detail: str = ""
    cause: str = ""

    @property
    def code(self) -> str:
        """The code of the problem that this response is: its class, or the more exact cause (`tls_expired`)."""
        return self.cause or self.response

    def header(self, name: str) -> str | None:
        """The first header of this name (any case), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def body_hash(self) -> str:
        """SHA-256 of the decoded body, hexadecimal."""
        return hashlib.sha256(self.body).hexdigest()


class Disallowed(Exception):
    """This URL may not be asked for: robots.txt forbids it, or the gate refuses it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class Spent(Exception):
    """The requests that were allotted to this part of the run are used up."""


@dataclass(slots=True)
class Traffic:
    """What a run has sent and received."""

    requests: int = 0
    bytes: int = 0
    notes: list[Problem] = field(default_factory=list)


class Fetcher:
    """Fetches for one run of one outlet. Call `turn` for a URL, then `get`: between the two nothing is waited for.

    Every request and every hop of a redirect passes the gate, robots.txt (unless the paper permitted otherwise
    in writing) and the host's delay and budget. All waits are kept in the database by host.
    """

    def __init__(
        self,
        gate: Gate,
        options: CrawlOptions,
        hosts: HostStore,
        clock: Clock,
        download: Download,
        stop: Stop,
        *,
        permitted: bool,
    ) -> None:
        self._gate = gate
        self._options = options
        self._hosts = hosts
        self._clock = clock
        self._download = download
        self._permitted = permitted
        self._turns = Turns(gate, options, hosts, clock, stop)
        self._rules: dict[str, robots.Rules] = {}
        self._cookies: dict[str, str] = {}
        self.traffic = Traffic()
        self.allotted: int | None = None
        """The most requests that the run may have made; the next one raises Spent. None: no limit of its own."""
        self.charge: Callable[[], None] | None = None
        """Called before each request, of a redirect's hops too: whoever spends over several runs keeps count."""

    def has_spare(self, url: str, *, silent: bool = False) -> bool:
        """Whether the budget has room for a request that could wait for another run; `silent`: for a page that tells
        nobody."""
        return self._turns.has_spare(url, silent=silent)

    @property
    def half_over(self) -> bool:
        """Whether half of the run's time is used up."""
        return self._turns.half_over

    def has_time(self, url: str) -> bool:
        """Whether a request would start in the first half of the run; the other half is for pages."""
        return self._turns.has_time(url)

    async def turn(self, url: str, *, revisit: bool = False) -> None:
        """Wait until this URL may be asked for.

        Raises:
            RunOver: the run's time is up, or it is to stop.
            NotNow: its host may not be asked now.
            Spent: `allotted` requests were made.
            Disallowed: robots.txt or the gate forbids this URL.
        """
        reason = self._gate.refusal(url)
        if reason is not None:
            raise Disallowed(Problem("refused_address", url, reason))
        rules = await self._host_rules(url)
        if not rules.allow(url):
            raise Disallowed(Problem("robots_disallowed", url, "robots.txt forbids it"))
        await self._wait(url, revisit=revisit)

    async def get(
        self,
        url: str,
        *,
        limit: int,
        etag: str | None = None,
        last_modified: str | None = None,
        revisit: bool = False,
        ajax: bool = False,
    ) -> Fetched:
        """Fetch a URL whose turn it is; conditional where a validator is given.

        A cookie gate is answered where the paper permitted it in writing: once a run, with the one cookie that its
        script sets, which then goes with the run's further requests to that host.

        Args:
            limit: bytes of the decoded body.
            ajax: say `X-Requested-With: XMLHttpRequest`, without which some JSON listings answer with a page.

        Raises:
            RunOver, NotNow, Spent: a redirect led on, and its next hop may not be asked now.
        """
        wished = {
            "If-None-Match": etag,
            "If-Modified-Since": last_modified,
            "X-Requested-With": "XMLHttpRequest" if ajax else None,
        }
        headers = {name: value for name, value in wished.items() if value}
        fetched = await self._follow(url, headers, limit, revisit=revisit, for_robots=False)
        if fetched.response != "cookie_gate" or not self._permitted or self._cookies:
            return fetched
        cookie = gate_cookie(fetched.body)
        if cookie is None:
            return fetched
        self._cookies[host_of(fetched.final_url)] = cookie
        await self.turn(url, revisit=revisit)
        return await self._follow(url, headers, limit, revisit=revisit, for_robots=False)

    async def _follow(
        self, url: str, headers: Mapping[str, str], limit: int, *, revisit: bool, for_robots: bool
    ) -> Fetched:
        current, met = url, {url}
        for _ in range(REDIRECTS + 1):
            fetched, location = await self._once(url, current, headers, limit, for_robots=for_robots)
            if location is None:
                return fetched
            target = resolve(current, location)
            reason = "not an http address" if target is None else self._gate.refusal(target)
            if target is not None and self._gate.is_elsewhere(target):
                return _moved(fetched, target)
            if target is None or reason is not None:
                return _away(fetched, f"redirects to {location[:200]}: {reason}")
            if target in met:
                return _away(fetched, f"redirects in a circle at {target}")
            try:
                if for_robots:
                    await self._wait(target, revisit=revisit)
                else:
                    await self.turn(target, revisit=revisit)
            except Disallowed as error:
                return _away(fetched, f"redirects to {target}: {error}")
            met.add(target)
            current = target
        return _away(fetched, f"more than {REDIRECTS} redirects")

    async def _once(
        self, url: str, current: str, headers: Mapping[str, str], limit: int, *, for_robots: bool
    ) -> tuple[Fetched, str | None]:
        """One request; with a redirect, also where to."""
        cookie = self._cookies.get(host_of(current))
        request = Request(
            current,
            headers={**headers, "Cookie": cookie} if cookie else dict(headers),
            dont_filter=True,
            meta={"download_maxsize": limit, "download_timeout": self._options.fetch_seconds},
        )
        self.traffic.requests += 1
        if self.charge is not None:
            self.charge()
        try:
            response = await self._download(request)
        except Exception as error:  # noqa: BLE001 - whatever one server or its bytes provoke is that fetch's failure
            received = request.meta.get("received", 0)
            self.traffic.bytes += received
            self._turns.answered(current, received=received, status=None, of_page=not for_robots)
            kind = classify_failure(error)
            return Fetched(kind, url, current, detail=describe(error), cause=failure_code(error)), None
        pairs = tuple(_pairs(response))
        lower = {name.lower(): value for name, value in reversed(pairs)}
        received = request.meta.get("received", len(response.body))
        self.traffic.bytes += received
        self._turns.answered(
            current,
            received=received,
            status=response.status,
            retry_after=lower.get("retry-after"),
            of_page=not for_robots,
        )
        location = _text(lower.get("location")) if response.status in _REDIRECT_CODES else None
        if len(response.body) > limit:
            kind = "too_large"
        else:
            kind = classify(response.status, lower, response.body, url, current)
        if kind == "not_modified" and not _CONDITIONS & headers.keys():
            kind = "error"  # nothing was known that could be unchanged
        detail = "" if kind in ("ok", "not_modified") else f"HTTP status {response.status}"
        fetched = Fetched(kind, url, current, response.status, pairs, response.body, detail)
        target = refresh_target(response.body, current) if kind == "redirected_away" and location is None else None
        if target is not None and self._gate.is_elsewhere(target):
            return _moved(fetched, target), None
        return fetched, location

    async def _host_rules(self, url: str) -> robots.Rules:
        """The rules of a URL's host, asked for where the copy is old; NotNow where none may be relied on."""
        host = host_of(url)
        if self._permitted:
            return robots.ALL_ALLOWED
        if host not in self._rules:
            copy = self._hosts.robots(host)
            if robots.is_due(copy, self._clock()) or self._followable(copy):
                copy = await self._ask_robots(copy, url.partition("://")[0] + f"://{host}/robots.txt")
            self._rules[host] = robots.rules(copy, self._clock())
            self._turns.crawl_delays[host] = self._rules[host].crawl_delay or 0.0
            if copy.state == "unreachable":
                self._note_unreachable(copy)
        if not self._rules[host].known:
            why = self._hosts.robots(host).cause
            detail = f"no usable copy; {why}" if why else "no usable copy"
            raise NotNow(Problem("robots_unreachable", f"//{host}/robots.txt", detail), host)
        return self._rules[host]

    def _followable(self, copy: RobotsCopy) -> bool:
        """Whether a robots.txt that had left for another host can be followed now: that host is the outlet's by now."""
        code, _, target = (copy.cause or "").partition(" ")
        return copy.state == "unreachable" and code == "moved" and not self._gate.is_elsewhere(target)

    def _note_unreachable(self, copy: RobotsCopy) -> None:
        """Say since when, and why: what stands behind it (a certificate, a move) concerns every page of the host."""
        place, since = f"//{copy.host}/robots.txt", stamp(copy.failing_since or self._clock())
        code, _, detail = (copy.cause or "").partition(" ")
        self.traffic.notes.append(Problem("robots_unreachable", place, f"since {since}: {code} {detail}"[:300].strip()))
        if code in robots.OF_THE_HOST:
            self.traffic.notes.append(Problem(code, place, detail))

    async def _ask_robots(self, copy: RobotsCopy, place: str) -> RobotsCopy:
        await self._wait(place, revisit=False)
        answer = await self._follow(place, {}, self._options.page_bytes, revisit=False, for_robots=True)
        copy = robots.after_answer(
            copy, answer.response, answer.status, answer.body, self._clock(), self._options.first_backoff,
            cause=f"{answer.code} {answer.detail}",
        )  # fmt: skip
        if copy.state == "rules" and not robots.says_something(answer.body):
            self.traffic.notes.append(Problem("robots_without_rules", place, "no line of it is a rule: all is allowed"))
        self._hosts.save_robots(copy)
        return copy

    async def _wait(self, url: str, *, revisit: bool) -> None:
        """Wait for a request's turn and take it, if the run may make another one."""
        if self.allotted is not None and self.traffic.requests >= self.allotted:
            raise Spent
        await self._turns.wait(url, revisit=revisit)


def _away(fetched: Fetched, detail: str) -> Fetched:
    return Fetched("redirected_away", fetched.url, fetched.final_url, fetched.status, fetched.headers, b"", detail)


def _moved(fetched: Fetched, target: str) -> Fetched:
    return Fetched("moved", fetched.url, fetched.final_url, fetched.status, fetched.headers, b"", target)


def _text(header: str | None) -> str | None:
    """A header that holds an address: papers write its Vietnamese letters as UTF-8, unescaped."""
    if header is None or header.isascii():
        return header
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return header


def _pairs(response: Response) -> list[tuple[str, str]]:
    """All headers, in Latin-1 as they came over the wire."""
    found = []
    for name, values in response.headers.items():
        found += [(name.decode("latin-1"), value.decode("latin-1")) for value in values]
    return found
