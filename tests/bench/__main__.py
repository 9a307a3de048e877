"""`python -m tests.bench [NAME]`: run every benchmark, or one.

The last line of output is one JSON object: the benchmark's own, or with no NAME one by name for all of them.
"""

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import Any

PREFIX = "bench_"
NAMES = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))


def run(name: str) -> dict[str, Any]:
    """Run one benchmark, which prints as it goes."""
    print(f"== {name} ==", flush=True)
    result: dict[str, Any] = import_module(f"tests.bench.{PREFIX}{name}").run()
    return result


def main() -> None:
    """Read the command line and run what it names."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benchmarks.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="the one to run (default: all)")
    name = parser.parse_args().name
    result = run(name) if name else {each: run(each) for each in NAMES}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
