"""Hostile bodies against one crawl worker: seconds until each is dropped, peak memory, and what else was stored.

Real time: a fetch may take 60 s, packed bodies open to 1 GiB. `python -m benchmarks bombs`
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.crawler.bombs import Worker, bombs, meet
from tests.crawler.press import Press

FETCH_SECONDS = 60.0
OPENED_MIB = 1024
LONGEST_SECONDS = 5.0
MOST_MIB = 300.0


def main() -> int:
    """Meet every bomb once and print one line for each; 1 if any limit was passed or another page was lost."""
    code = 0
    print(f"{'case':<34} {'seconds':>8} {'peak MiB':>9} {'others stored':>14}  told as")
    with tempfile.TemporaryDirectory(prefix="tintinh-bombs-") as folder:
        press = Press()
        worker = Worker(Path(folder), press.target, "0", str(FETCH_SECONDS))
        try:
            for number, bomb in enumerate(bombs(OPENED_MIB)):
                worker.forget_peak()
                met = meet(worker, press, number, bomb)
                peak, longest = worker.peak(), FETCH_SECONDS + 1 if bomb.slow else LONGEST_SECONDS
                good = met.seconds < longest and peak < MOST_MIB and met.others == 2
                code |= not good
                codes = ", ".join(sorted({code for code, _ in met.problems})) or "-"
                print(f"{bomb.name:<34} {met.seconds:>8.2f} {peak:>9.0f} {met.others:>14}  {codes}", flush=True)
        finally:
            worker.close()
            press.close()
    print(json.dumps({"all within limits": not code}))
    return code
