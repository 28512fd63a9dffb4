"""Many restarts, with and without a race and a sketch, against a single one."""

import inputs
from measure import Report, Settings, fit, parse_settings, say


WAYS = {"": [], ", --race": ["--race"], ", --race --sketch on": ["--race", "--sketch", "on"]}


def case(settings: Settings) -> tuple:
    """name, matrix, components, restarts"""
    if settings.size == "full":
        return "Fashion-MNIST, k = 16", settings.data / "fashion-mnist.npy", 16, 32
    return "dense b, small, k = 10", inputs.dense(settings, "b"), 10, 8


def measure(settings: Settings, report: Report, repeat: int) -> None:
    name, matrix, components, restarts = case(settings)

    def run(count: int, options: list):
        sketch = [] if "--sketch" in options else ["--sketch", "off"]
        return fit(
            settings, matrix, components, settings.processes, "--seed", repeat, "--restarts", count, *options, *sketch
        )

    seconds_of_one = run(1, []).report["phases"]["factorize"]["seconds"]["max"]
    runs = {way: run(restarts, options) for way, options in WAYS.items()}
    full_error = runs[""].report["relative_error"]
    for way, done in runs.items():
        seconds = done.report["phases"]["factorize"]["seconds"]["max"]
        what = f"{restarts} restarts{way}"
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
    report = Report(settings)
    for repeat in range(settings.repeats):
        say(f"race, repeat {repeat + 1} of {settings.repeats}")
        measure(settings, report, repeat)


main()
