"""What all parts of scripts/benchmark share: settings, running commands, and a CSV file of measurements.

One CSV line is one measurement, with the reference that was measured beside it and their ratio; medians over
the repeats are left to table.py. The facts of the machine are on every line, so that files can be joined.
"""

import argparse
import csv
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
PYTHON = "/usr/bin/python3"
SIZES = ["full", "quick", "tiny"]
COLUMNS = [
    "part", "case", "quantity", "unit", "repeat", "value", "reference", "reference_value", "ratio", "target",
    "seconds", "load", "other_cpu", "processes", "threads", "command",
    "cpu", "cores", "memory_gib", "system", "versions", "size",
]  # fmt: skip


@dataclass
class Cost:
    """Of one command: its seconds, and how busy the machine was with other things.

    load is the usual average of a minute, in which the command itself counts; other_cpu is the number of
    cores that anything else kept busy while the command ran.
    """

    seconds: float = 0.0
    load: float = 0.0
    other_cpu: float = 0.0


class Stopwatch:
    """with Stopwatch() as cost: ... fills in the cost."""

    def __enter__(self) -> Cost:
        self.cost = Cost(load=os.getloadavg()[0])
        self.begin = time.perf_counter()
        self.begin_busy, self.begin_own = busy_seconds(), own_seconds()
        return self.cost

    def __exit__(self, *_) -> None:
        self.cost.seconds = time.perf_counter() - self.begin
        others = (busy_seconds() - self.begin_busy) - (own_seconds() - self.begin_own)
        self.cost.other_cpu = max(0.0, others) / self.cost.seconds
        self.cost.load = max(self.cost.load, os.getloadavg()[0])


def busy_seconds() -> float:
    """CPU seconds of the whole machine; time taken by other virtual machines counts as busy."""
    with open("/proc/stat") as stat:
        user, nice, system, _, _, irq, softirq, steal = map(int, stat.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@dataclass
class Settings:
    part: str
    partita: str
    output: Path
    inputs: Path
    data: Path
    repeats: int
    processes: int
    size: str
    scratch: Path = field(init=False)

    def __post_init__(self) -> None:
        self.scratch = self.output / "scratch"
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.inputs.mkdir(parents=True, exist_ok=True)

    def pick(self, full, quick, tiny):
        return {"full": full, "quick": quick, "tiny": tiny}[self.size]


def parse_settings(part: str, description: str) -> Settings:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--partita", required=True, help="the program")
    parser.add_argument("--output", type=Path, required=True, help="folder of the CSV files")
    parser.add_argument("--inputs", type=Path, required=True, help="folder of generated matrices")
    parser.add_argument("--data", type=Path, required=True, help="folder of public data sets")
    parser.add_argument("--repeats", type=int, required=True)
    parser.add_argument("--np", type=int, dest="processes", required=True)
    parser.add_argument("--size", choices=SIZES, required=True)
    return Settings(part=part, **vars(parser.parse_args()))


def clean_environment(threads: int) -> dict:
    """Without settings that slow a BLAS down (a kernel for another processor), with this many threads."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    count = str(threads)
    return kept | {"OPENBLAS_NUM_THREADS": count, "OMP_NUM_THREADS": count, "PYTHONDONTWRITEBYTECODE": "1"}


def run(command: list, threads: int = 1, **variables) -> tuple:
    """Runs a command to its end. @return what it wrote to stdout, and its Cost."""
    command = [str(word) for word in command]
    with Stopwatch() as cost:
        done = subprocess.run(
            command, env=clean_environment(threads) | variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout, cost


def mpirun(processes: int) -> list:
    """What stands before a command on this many processes; one needs no launcher."""
    return [] if processes == 1 else ["mpirun", "-n", processes]


@dataclass
class Fit:
    """A run of `partita fit`: its traces as (restart, iteration, seconds, error), run.json, and its cost."""

    command: str
    trace: list
    report: dict
    cost: Cost

    def reached(self, error: float):
        """(iteration, seconds) of restart 0 when its error was first at or below this; None if never."""
        for restart, iteration, seconds, current in self.trace:
            if restart == 0 and current <= error:
                return iteration, seconds
        return None

    def seconds_per_iteration(self) -> float:
        """Median over restart 0, without the first iterations, which touch memory for the first time."""
        seconds = [line[2] for line in self.trace if line[0] == 0]
        return statistics.median(after - before for before, after in zip(seconds[2:], seconds[3:]))

    def read_seconds(self) -> float:
        return self.report["phases"]["read"]["seconds"]["max"]


def fit(settings: Settings, matrix: Path, components: int, processes: int, *options, prefix=()) -> Fit:
    """@param prefix  a wrapper that each process starts partita with."""
    folder = settings.scratch / "run"
    # left to itself, a run continues where an earlier one in that folder was stopped
    shutil.rmtree(folder, ignore_errors=True)
    words = ["fit", "-k", components, matrix, *options]
    launched = [*mpirun(processes), *prefix, settings.partita, *words, "--quiet", "--output", folder]
    _, cost = run(launched)
    with open(folder / "traces.csv") as file:
        rows = list(csv.reader(file))[1:]
    trace = [(int(restart), int(iteration), float(seconds), float(error)) for restart, iteration, seconds, error in rows]
    shown = " ".join(str(word) for word in [*mpirun(processes), "partita", *words])
    return Fit(shown, trace, json.loads((folder / "run.json").read_text()), cost)


def fit_one(settings: Settings, matrix: Path, components: int, processes: int, seed: int, iterations: int) -> Fit:
    """One restart of exactly this many iterations."""
    stop = ["--restarts", 1, "--seed", seed, "--max-iterations", iterations, "--tolerance", 0]
    return fit(settings, matrix, components, processes, *stop)


class Report:
    """The CSV file of one part; lines are written as they are measured."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.file = open(settings.output / f"{settings.part}.csv", "w", newline="")
        self.writer = csv.DictWriter(self.file, COLUMNS)
        self.writer.writeheader()
        self.facts = machine_facts(settings)

    def add(
        self, case: str, quantity: str, value: float, unit: str, *, repeat: int, cost: Cost, command: str = "",
        reference: str = "", reference_value=None, ratio=None, target: str = "", processes: int = 1, threads: int = 1,
    ) -> None:  # fmt: skip
        """@param ratio  of value and reference_value, the way round in which the target states it."""
        self.writer.writerow(
            self.facts
            | {
                "part": self.settings.part, "case": case, "quantity": quantity, "unit": unit, "repeat": repeat,
                "value": number(value), "reference": reference, "reference_value": number(reference_value),
                "ratio": number(ratio), "target": target, "seconds": number(cost.seconds),
                "load": f"{cost.load:.2f}", "other_cpu": f"{cost.other_cpu:.2f}",
                "processes": processes, "threads": threads, "command": command,
            }  # fmt: skip
        )
        self.file.flush()


def number(value) -> str:
    return "" if value is None else f"{value:.6g}"


def say(text: str) -> None:
    print(f"benchmark: {text}", file=sys.stderr, flush=True)


def machine_facts(settings: Settings) -> dict:
    return {
        "cpu": cpu_name(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "system": f"{system_name()}, Linux {platform.release()}",
        "versions": "; ".join(versions(settings)),
        "size": settings.size,
    }


def cpu_name() -> str:
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


def versions(settings: Settings) -> list:
    """Of partita, and of those Debian packages measured beside it that are installed."""
    names = [run([settings.partita, "--version"])[0].strip()]
    packages = ["libopenmpi3", "libopenblas0-pthread", "python3-sklearn", "python3-scipy", "python3-numpy", "r-cran-rcppml"]
    for package in packages:
        query = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package]
        found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
        if found[:1] == ["installed"]:
            names.append(f"{package} {found[1]}")
    return names
