"""Seconds until the error that scikit-learn's NMF reaches in a given number of iterations, from one start each."""

import csv
from pathlib import Path

import inputs
from measure import HERE, PYTHON, Cost, Fit, Report, Settings, fit, fit_one, parse_settings, run, say

LONGEST = 300


def cases(settings: Settings) -> list:
    """(name, matrix, components, iterations of scikit-learn, target)"""
    if settings.size == "full":
        return [
            ("Fashion-MNIST, k = 16", settings.data / "fashion-mnist.npy", 16, 100, ">= 15"),
            ("package descriptions, k = 32", settings.data / "debian-packages.mtx", 32, 50, ">= 10"),
        ]
    return [
        ("dense a, small, k = 16", inputs.dense(settings, "a"), 16, 20, ""),
        ("sparse c, small, k = 32", inputs.sparse(settings), 32, 20, ""),
    ]


def scikit_learn(matrix: Path, components: int, iterations: int, init: str, seed: int) -> tuple:
    """@return its line as a dict, the command, and the Cost with loading."""
    options = ["-k", components, "--max-iterations", iterations, "--tol", 0, "--init", init, "--seeds", seed, "--threads", 2]
    words = [str(word) for word in ["scripts/compare/scikit-learn", matrix, *options]]
    text, cost = run([PYTHON, HERE.parent / "compare" / "scikit-learn", *words[1:]], threads=2)
    return next(csv.DictReader(text.splitlines())), " ".join(words), cost


def measure(settings: Settings, report: Report, case: tuple, init: str, repeat: int) -> None:
    name, matrix, components, iterations, target = case
    theirs, command, cost = scikit_learn(matrix, components, iterations, init, repeat)
    theirs_seconds, error = float(theirs["seconds"]), float(theirs["relative_error"])
    label = f"{name}, to the error of {iterations} iterations"
    label += "" if init == "random" else " from scikit-learn's own start"
    report.add(label, "error of scikit-learn", error, "", repeat=repeat, cost=cost, command=command, threads=2)

    processes = settings.processes
    reached = fit_one(settings, matrix, components, processes, repeat, LONGEST).reached(error)
    if reached is None:
        say(f"{label}, seed {repeat}: partita's single start did not reach {error}")
        ratio = {"reference": "scikit-learn", "reference_value": theirs_seconds, "ratio": 0.0}
        report.add(
            label, "in the iterations", float("inf"), "s", repeat=repeat, cost=Cost(), processes=processes, target=target, **ratio
        )
        return
    # The run that is timed ends where the error was reached; the one before it was the warm-up.
    timed = fit_one(settings, matrix, components, processes, repeat, reached[0])
    seconds = timed.reached(error)[1]
    for quantity, value, wanted in [
        ("in the iterations", seconds, target),
        ("whole command", timed.cost.seconds, "> 1"),
    ]:
        report_time(report, label, quantity, value, timed, repeat, theirs_seconds, wanted)
    report_time(report, label, "reading", timed.read_seconds(), timed, repeat, cost.seconds - theirs_seconds, "")
    if init == "random":
        by_itself = fit(settings, matrix, components, processes, "--restarts", 1, "--seed", repeat)
        report_time(report, label, "whole command, stops by itself", by_itself.cost.seconds, by_itself, repeat, theirs_seconds, "")


def report_time(report: Report, label: str, quantity: str, value: float, run_of_fit: Fit, repeat: int, theirs: float, target: str):
    reference = "scikit-learn's start and loading" if quantity == "reading" else "scikit-learn's fit alone"
    report.add(
        label, quantity, value, "s", repeat=repeat, cost=run_of_fit.cost, command=run_of_fit.command, threads=1,
        processes=report.settings.processes, reference=reference, reference_value=theirs, ratio=theirs / value, target=target,
    )  # fmt: skip


def main() -> None:
    settings = parse_settings("fit", __doc__)
    report = Report(settings)
    for case in cases(settings):
        for repeat in range(settings.repeats):
            say(f"fit, {case[0]}, repeat {repeat + 1} of {settings.repeats}")
            for init in ["random", "default"]:
                measure(settings, report, case, init, repeat)


main()
