"""`python -m benchmarks` lists the benchmarks; `python -m benchmarks NAME` runs one."""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = {
    "kills": "random kill -9 during the demo: lost, told twice",
    "delay": "time and CPU from publication to the mail, and memory of each process, during the demo",
    "day": "a simulated day of 35 outlets: requests, bytes, CPU, minutes from publication to stored",
    "bombs": "hostile bodies: time until dropped, peak memory, other pages stored",
    "cost": "CPU per stored article, against bare Scrapy on the same pages",
}


def main() -> int:
    """Run the named benchmark, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", epilog="\n".join(f"{n}: {t}" for n, t in NAMES.items()))
    parser.add_argument("name", nargs="?", choices=list(NAMES))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--outlets", type=int, default=35)
    parser.add_argument("--hours", type=float, default=24.0)
    given = parser.parse_args()
    code = 0
    for name in [given.name] if given.name else NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name}: {NAMES[name]}", flush=True)
        options = {"kills": (given.kills, given.seed), "day": (given.outlets, given.hours)}.get(name, ())
        code |= module.main(*options)
    return code


sys.exit(main())
