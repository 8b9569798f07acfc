"""`python -m benchmarks` lists the benchmarks; `python -m benchmarks NAME` runs one."""

from __future__ import annotations

import argparse
import importlib
import sys

NAMES = {
    "kills": "random kill -9 during the demo: lost, told twice",
    "delay": "time and CPU from publication to the mail, and memory of each process, during the demo",
    "cost": "CPU per stored article, against bare Scrapy on the same pages",
}


def main() -> int:
    """Run the named benchmark, or all."""
    parser = argparse.ArgumentParser(prog="benchmarks", epilog="\n".join(f"{n}: {t}" for n, t in NAMES.items()))
    parser.add_argument("name", nargs="?", choices=list(NAMES))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    code = 0
    for name in [given.name] if given.name else NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name}: {NAMES[name]}", flush=True)
        code |= module.main(given.kills, given.seed) if name == "kills" else module.main()
    return code


sys.exit(main())
