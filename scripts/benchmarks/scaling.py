"""Several processes against one: seconds of an iteration, and memory against what X and the factors need."""

from pathlib import Path

import inputs
from measure import HERE, PYTHON, Fit, Report, Settings, fit, fit_one, parse_settings, say

ITERATIONS = 12
PROCESS_BYTES = 64e6
RESTARTS = 5


def cases(settings: Settings) -> list:
    """(name, matrix, components)"""
    own = [("dense a, k = 16", inputs.dense(settings, "a"), 16), ("sparse c, k = 32", inputs.sparse(settings), 32)]
    if settings.size != "full":
        return own
    public = [
        ("Fashion-MNIST, k = 16", settings.data / "fashion-mnist.npy", 16),
        ("package descriptions, k = 32", settings.data / "debian-packages.mtx", 32),
    ]
    return own + public


def time(settings: Settings, report: Report, case: tuple, repeat: int) -> None:
    name, matrix, components = case
    one = fit_one(settings, matrix, components, 1, repeat, ITERATIONS).seconds_per_iteration()
    several = fit_one(settings, matrix, components, settings.processes, repeat, ITERATIONS)
    seconds = several.seconds_per_iteration()
    report.add(
        name, f"iteration, {settings.processes} processes", 1e3 * seconds, "ms", repeat=repeat, cost=several.cost,
        command=several.command, processes=settings.processes, reference="1 process", reference_value=1e3 * one,
        ratio=one / seconds, target=">= 1.8" if settings.processes == 2 else "",
    )  # fmt: skip


def peak_bytes(settings: Settings, matrix: Path, components: int, processes: int) -> tuple:
    """Of one group with its usual batch: the sum over processes of what each held at its worst."""
    folder = settings.scratch / "peaks"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    options = ["--restarts", RESTARTS, "--groups", 1, "--max-iterations", 3, "--tolerance", 0]
    done = fit(settings, matrix, components, processes, *options, prefix=[PYTHON, HERE / "peak_memory.py", folder])
    peaks = [int(path.read_text()) for path in folder.iterdir()]
    assert len(peaks) == processes
    return sum(peaks), done


def needed_bytes(done: Fit, components: int, processes: int) -> float:
    """One copy of X, the factors of the restarts that are stacked, and 64 MB a process."""
    facts = done.report["matrix"]
    rows, columns, stored = facts["rows"], facts["columns"], facts["stored"]
    matrix = 12 * stored + 8 * rows if facts["sparse"] else 8 * rows * columns
    factors = 8 * done.report["layout"]["batch"] * components * (rows + columns)
    return matrix + factors + PROCESS_BYTES * processes


def memory(settings: Settings, report: Report, case: tuple, processes: int, repeat: int) -> None:
    name, matrix, components = case
    peak, done = peak_bytes(settings, matrix, components, processes)
    needed = needed_bytes(done, components, processes)
    report.add(
        name, f"peak memory, {processes} process{'es' * (processes > 1)}", peak / 1e6, "MB", repeat=repeat, cost=done.cost,
        command=done.command, processes=processes, reference="X, stacked factors, 64 MB a process",
        reference_value=needed / 1e6, ratio=peak / needed, target="<= 1.3",
    )  # fmt: skip


def main() -> None:
    settings = parse_settings("scaling", __doc__)
    report = Report(settings)
    for case in cases(settings):
        for repeat in range(settings.repeats):
            say(f"scaling, {case[0]}, repeat {repeat + 1} of {settings.repeats}")
            time(settings, report, case, repeat)
            for processes in sorted({1, settings.processes}) if repeat == 0 else []:
                memory(settings, report, case, processes, repeat)


main()
