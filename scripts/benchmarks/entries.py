"""Ratings, of which what is not stored is not known: a pass of als against one over zeros, and Kaczmarz's updates a second."""

import inputs
from measure import Fit, Report, Settings, fit, parse_settings, say

COMPONENTS = 32
ITERATIONS = 10
MISSING = ["--unstored", "missing"]


def iterate(settings: Settings, matrix, repeat: int, *options) -> Fit:
    stop = ["--restarts", 1, "--seed", repeat, "--max-iterations", ITERATIONS, "--tolerance", 0]
    return fit(settings, matrix, COMPONENTS, settings.processes, *stop, *options)


def updates(done: Fit, entries: int) -> float:
    """Millions of equations that all processes take in a second, without what they wait for each other."""
    return entries * ITERATIONS / done.report["work"]["update"]["seconds"]["mean"] / 1e6


def measure(settings: Settings, report: Report, matrix, precision: str, repeat: int) -> None:
    entries = inputs.RATINGS[settings.size][2]
    case = f"{entries:,} ratings, {precision}, k = {COMPONENTS}"
    options = ["--precision", precision]
    zeros = iterate(settings, matrix, repeat, *options)
    seconds_of_zeros = zeros.seconds_per_iteration()

    als = iterate(settings, matrix, repeat, *options, *MISSING)
    common = {"repeat": repeat, "processes": settings.processes}
    seconds = als.seconds_per_iteration()
    report.add(
        case, "als, a pass", 1e3 * seconds, "ms", cost=als.cost, command=als.command, reference="a pass over zeros",
        reference_value=1e3 * seconds_of_zeros, ratio=seconds / seconds_of_zeros, target="<= 12", **common,
    )  # fmt: skip

    kaczmarz = iterate(settings, matrix, repeat, *options, *MISSING, "--solver", "kaczmarz")
    rate = updates(kaczmarz, entries) / settings.processes
    report.add(
        case, "kaczmarz, updates of a core", rate, "M/s", cost=kaczmarz.cost, command=kaczmarz.command,
        reference="15 M/s", reference_value=15, ratio=rate / 15, target=">= 1", **common,
    )  # fmt: skip
    seconds = kaczmarz.seconds_per_iteration()
    report.add(
        case, "kaczmarz, an epoch and its error", 1e3 * seconds, "ms", cost=kaczmarz.cost, command=kaczmarz.command,
        reference="a pass over zeros", reference_value=1e3 * seconds_of_zeros, ratio=seconds / seconds_of_zeros, **common,
    )  # fmt: skip


def main() -> None:
    settings = parse_settings("entries", __doc__)
    report = Report(settings)
    matrix = inputs.ratings(settings)
    for repeat in range(settings.repeats):
        say(f"entries, repeat {repeat + 1} of {settings.repeats}")
        for precision in ["double", "single"]:
            measure(settings, report, matrix, precision, repeat)


main()
