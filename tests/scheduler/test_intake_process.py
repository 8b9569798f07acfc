import asyncio
import time

from scheduler.intake_process import IntakeProcess, IntakeTimes
from tests.scheduler.fakes import python, running, until

QUICK = IntakeTimes(nudge=0.05, first_again=0.02, last_again=0.1, leave=5.0, graces=(0.2,))


def intake(folder, body):
    """An intake that appends each line it reads to a file, after its pid."""
    script = (
        "import json, os, signal, sys, time\n"
        f"out = open({str(folder / 'heard')!r}, 'a', buffering=1)\n"
        "print(os.getpid(), file=out)\n"
        f"{body}\n"
    )
    return python(script)


LISTENING = "for line in sys.stdin:\n    print(line.strip(), file=out)\nprint('end', file=out)"


def heard(folder):
    file = folder / "heard"
    return file.read_text().split() if file.exists() else []


def run(folder, body, main, *, times=QUICK):
    async def whole():
        alerts = []
        process = IntakeProcess(intake(folder, body), lambda: alerts.append(1), times=times)
        task = asyncio.create_task(process.run())
        try:
            await main(process, alerts)
        finally:
            began = time.monotonic()
            process.stop()
            await task
        assert not any(running(int(word)) for word in heard(folder) if word.isdigit())
        return time.monotonic() - began

    return asyncio.run(whole())


def test_it_is_nudged_at_its_start_at_news_and_every_few_seconds(tmp_path):
    async def main(process, alerts):
        await until(lambda: heard(tmp_path).count("go") >= 3)

    run(tmp_path, LISTENING, main)
    assert heard(tmp_path)[-1] == "end", "the end of its input was the first thing it was given"


def test_news_nudge_it_at_once(tmp_path):
    async def main(process, alerts):
        await until(lambda: heard(tmp_path).count("go") == 1)
        process.go()
        await until(lambda: heard(tmp_path).count("go") == 2)

    run(tmp_path, LISTENING, main, times=IntakeTimes(nudge=3600.0))


def test_alerts_that_it_made_wake_the_dispatcher_and_nothing_else_does(tmp_path):
    body = (
        'for line in [\'{"event": "intake", "alerts": 0}\', \'garbage\', \'{"event": "other", "alerts": 5}\',\n'
        '             \'{"event": "intake", "alerts": "x"}\', \'{"event": "intake", "alerts": 2}\']:\n'
        "    print(line, flush=True)\n" + LISTENING
    )

    async def main(process, alerts):
        await until(lambda: bool(alerts))
        assert alerts == [1]

    run(tmp_path, body, main)


def test_it_is_started_again_when_it_dies(tmp_path):
    async def main(process, alerts):
        await until(lambda: len(heard(tmp_path)) >= 3)

    run(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)", main)


def test_the_waits_between_deaths_grow_to_their_cap(tmp_path):
    async def main(process, alerts):
        began = time.monotonic()
        await until(lambda: len(heard(tmp_path)) >= 4)
        assert time.monotonic() - began >= 0.1 + 0.2 + 0.2

    run(tmp_path, "sys.exit(1)", main, times=IntakeTimes(first_again=0.1, last_again=0.2))


def test_one_that_ignores_the_end_and_term_is_killed(tmp_path):
    async def main(process, alerts):
        await until(lambda: "ready" in heard(tmp_path))

    body = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', file=out)\ntime.sleep(600)"
    assert run(tmp_path, body, main, times=IntakeTimes(leave=0.2, graces=(0.2,))) < 3


def test_a_command_that_cannot_start_is_logged_and_tried_again(caplog):
    async def main():
        process = IntakeProcess(["/nonexistent/intake"], lambda: None, times=QUICK)
        task = asyncio.create_task(process.run())
        await until(lambda: caplog.text.count("intake_not_started") >= 2)
        process.stop()
        await task

    asyncio.run(main())
