"""What probes say: states, the clock alarm, and the table that goes into a mail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from crawler.job import Job, Problem, Report
from scheduler.supervisor import Progress
from tintinh.cli import live
from tintinh.cli.session import Session
from tintinh.config import Place
from tintinh.probing import FIELDS, Probed, clock_error, probe_all, probed

FOUND: dict[str, Any] = {
    "at": "2026-03-02T08:00:00+07:00", "dns": "ok", "tls": "ok", "robots": "rules", "front": "ok", "links": 31,
    "article": {"url": "https://a.example/1", "title": "Mưa", "published": None, "problem": None},
    "clock_offset": 1.4, "requests": 3,
}  # fmt: skip


def outlet(slug: str, state: str = "ok", detail: str = "", **found: Any) -> Probed:
    return Probed(slug, state, detail, {**FOUND, **found})


def test_a_report_with_details() -> None:
    report = Report("r", "baonghean", "finished", details={**FOUND, "outlet": "baonghean", "state": "ok"})
    assert probed(report) == outlet("baonghean")


def test_a_failure_has_its_own_detail() -> None:
    problems = (Problem("robots_without_rules", None, "x"), Problem("tls_expired", None, "until 2026-01-01"))
    details = {**FOUND, "tls": "tls_expired", "state": "tls_expired"}
    result = probed(Report("r", "baonghean", "failed", problems=problems, details=details))
    assert (result.ok, result.state, result.detail) == (False, "tls_expired", "until 2026-01-01")


@pytest.mark.parametrize(
    ("problems", "state"), [((Problem("worker_died", None, "SIGKILL"),), "worker_died"), ((), "killed")]
)
def test_a_worker_that_was_lost_found_out_nothing(problems: tuple[Problem, ...], state: str) -> None:
    result = probed(Report("r", "baonghean", "killed", problems=problems))
    assert result.state == state
    assert result.found == dict.fromkeys(FIELDS)


@pytest.mark.parametrize(
    ("offsets", "minutes"),
    [
        ([400.0, 420.0, 900.0], 7),
        ([-400.0, -420.0, -900.0, 2.0, None], -7),
        ([400.0, 420.0, -900.0], None),
        ([299.0, 300.0, 300.0], None),
        ([], None),
    ],
)
def test_three_outlets_make_an_alarm(offsets: list[float | None], minutes: int | None) -> None:
    error = clock_error(outlet(str(n), clock_offset=offset) for n, offset in enumerate(offsets))
    assert (None if error is None else round(error / 60)) == minutes


class Workers:
    """A supervisor that answers at once."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.reports = {report.outlet: report for report in reports}
        self.jobs: list[Job] = []
        self.stopped = False

    async def run(self, job: Job, on_progress: Progress) -> Report:
        self.jobs.append(job)
        on_progress({"step": "source", "outlet": job.outlet, "url": "https://a.example/"})
        return self.reports[job.outlet]

    async def stop(self) -> None:
        self.stopped = True


def test_outlets_are_probed_in_order_and_the_workers_ended() -> None:
    workers = Workers(Report("r", slug, "finished", details={**FOUND, "state": "ok"}) for slug in "cab")
    done: list[str] = []
    results = asyncio.run(probe_all(workers, "abc", lambda _: None, lambda r: done.append(r.slug)))  # type: ignore[arg-type]
    assert [result.slug for result in results] == ["a", "b", "c"]
    assert sorted(done) == ["a", "b", "c"]
    assert {(job.kind, job.wait) for job in workers.jobs} == {("probe", True)}
    assert workers.stopped


def session(tmp_path: Path, language: str = "en", *, as_json: bool = False) -> Session:
    return Session(Place(tmp_path / "none.toml", tmp_path), language, as_json)


def test_the_table_is_plain_text(tmp_path: Path) -> None:
    results = [
        outlet("baonghean"),
        outlet("baoangiang", "dns", "no such name", dns="failed", tls=None, front="dns", article=None, links=None,
               clock_offset=None, requests=1),
    ]  # fmt: skip
    lines = list(live.report(session(tmp_path), results))
    assert lines[1].split() == ["newspaper", "dns", "tls", "robots", "front", "page", "links", "article", "clock",
                                "requests", "state"]  # fmt: skip
    assert lines[2].split() == ["baonghean", "ok", "ok", "rules", "ok", "31", "ok", "+1", "s", "3", "ok"]
    assert lines[3].split() == ["baoangiang", "failed", "-", "rules", "dns", "-", "-", "-", "1", "dns"]
    assert lines[4] == "Newspapers tried: 2; well: 1; failed: 1; requests: 4."
    assert lines[5].startswith("baoangiang (Báo An Giang): The name has no public address. (no such name)")
    assert lines[6].startswith("  -> Check your own network first")
    assert len(lines) == 7
    assert all(ord(letter) >= 32 and len(line) < 120 for line in lines[:5] for letter in line)


def test_vietnamese_columns_stand_in_line(tmp_path: Path) -> None:
    lines = list(
        live.report(session(tmp_path, "vi"), [outlet("baonghean"), outlet("sggp", "timeout", front="timeout")])
    )
    assert len({line.index(word) for line, word in zip(lines[1:4], ("liên kết", "31", "31"), strict=True)}) == 1
    assert "sggp (Sài Gòn Giải Phóng): Máy chủ của báo không trả lời kịp." in lines


def test_the_clock_alarm_stands_under_the_table(tmp_path: Path) -> None:
    results = [outlet(slug, clock_offset=601.0) for slug in ("baonghean", "sggp", "hanoimoi")]
    lines = list(live.report(session(tmp_path), results))
    assert lines[-1].startswith("WARNING: this machine's clock seems to be 10 minutes ahead")


def test_json_has_the_sentences_too(tmp_path: Path) -> None:
    value = live.as_json(session(tmp_path, as_json=True), outlet("baonghean", "refused", "HTTP status 403"))
    assert list(value) == ["outlet", "name", "state", *FIELDS, "message", "next"]
    assert value["message"] == "The paper's server refuses. (HTTP status 403)"
    assert value["next"]
    assert json.dumps(value)


def live_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, states: dict[str, str], output: Path | None = None, **more: Any
) -> int:
    workers = Workers(
        Report("r", slug, "finished", details={**FOUND, "state": state, **more}) for slug, state in states.items()
    )
    monkeypatch.setattr(live, "make_supervisor", lambda _config, _place: workers)
    monkeypatch.setenv("TINTINH_CRAWL__CONTACT", "a@toa-soan.example")
    monkeypatch.setenv("TINTINH_CRAWL__OUTLETS", ",".join(states))
    return live.try_outlets(session(tmp_path), (), output)


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ({"baonghean": "ok", "sggp": "ok"}, 0),
        ({"baonghean": "ok", "sggp": "dns"}, 1),
        ({"baonghean": "tls_name", "sggp": "dns"}, 4),
    ],
)
def test_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, states: dict[str, str], code: int) -> None:
    assert live_run(tmp_path, monkeypatch, states) == code


def test_a_wrong_clock_alone_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = dict.fromkeys(("baonghean", "sggp", "hanoimoi"), "ok")
    assert live_run(tmp_path, monkeypatch, states, clock_offset=900.0) == 1


def test_the_same_table_goes_into_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bang.txt"
    live_run(tmp_path, monkeypatch, {"baonghean": "ok"}, file)
    assert file.read_text(encoding="utf-8") == capsys.readouterr().out
