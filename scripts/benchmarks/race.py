"""Many restarts, with and without dropping poor ones early, against a single one."""

import subprocess

import inputs
from measure import Report, Settings, clean_environment, fit, parse_settings, say


def takes_option(settings: Settings, option: str) -> bool:
    """Asked by using it: the help also lists options that are not in this version."""
    matrix = inputs.dense(settings, "b")
    words = [settings.partita, "fit", "-k", "4", matrix, option, "--dry-run", "--restarts", "8"]
    return subprocess.run(words, env=clean_environment(1), capture_output=True, check=False).returncode == 0


def case(settings: Settings) -> tuple:
    """name, matrix, components, restarts"""
    if settings.size == "full":
        return "Fashion-MNIST, k = 16", settings.data / "fashion-mnist.npy", 16, 32
    return "dense b, small, k = 10", inputs.dense(settings, "b"), 10, 8


def measure(settings: Settings, report: Report, repeat: int) -> None:
    name, matrix, components, restarts = case(settings)
    runs = {
        count_and_race: fit(
            settings, matrix, components, settings.processes, "--seed", repeat, "--restarts", count_and_race[0],
            *(["--race"] if count_and_race[1] else []),
        )
        for count_and_race in [(1, False), (restarts, False), (restarts, True)]
    }  # fmt: skip
    one = runs[1, False]
    seconds_of_one = one.report["phases"]["factorize"]["seconds"]["max"]
    full_error = runs[restarts, False].report["relative_error"]
    for race in [False, True]:
        done = runs[restarts, race]
        seconds = done.report["phases"]["factorize"]["seconds"]["max"]
        what = f"{restarts} restarts{', --race' if race else ''}"
        common = {"repeat": repeat, "cost": done.cost, "command": done.command, "processes": settings.processes}
        report.add(
            name, f"{what}: factorising", seconds, "s", reference="1 restart", reference_value=seconds_of_one,
            ratio=seconds / seconds_of_one, **common,
        )  # fmt: skip
        error = done.report["relative_error"]
        report.add(
            name, f"{what}: error", error, "", reference=f"{restarts} restarts", reference_value=full_error,
            ratio=error / full_error, **common,
        )  # fmt: skip


def main() -> None:
    settings = parse_settings("race", __doc__)
    if not takes_option(settings, "--race"):
        say("race: skipped, this partita has no --race")
        (settings.output / "race.csv").unlink(missing_ok=True)
        return
    report = Report(settings)
    for repeat in range(settings.repeats):
        say(f"race, repeat {repeat + 1} of {settings.repeats}")
        measure(settings, report, repeat)


main()
