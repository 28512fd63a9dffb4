"""table.py FILE.csv...: the measurements as Markdown tables, medians over the repeats.

A target is checked against the median of the ratios, each of two things measured side by side.
"""

import csv
import statistics
import sys


def read_groups(path: str) -> dict:
    """Lines that differ in the repeat only, in the order of the file."""
    groups = {}
    with open(path, newline="") as file:
        for line in csv.DictReader(file):
            key = tuple(line[name] for name in ("case", "quantity", "unit", "reference", "target"))
            groups.setdefault(key, []).append(line)
    return groups


def shown(value: float) -> str:
    return "not reached" if value == float("inf") else f"{value:.4g}"


def spread(lines: list, column: str) -> str:
    """median (smallest to largest)"""
    values = [float(line[column]) for line in lines if line[column]]
    if not values:
        return ""
    middle = shown(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({shown(min(values))} to {shown(max(values))})"


def verdict(lines: list, target: str) -> str:
    ratios = [float(line["ratio"]) for line in lines if line["ratio"]]
    # small matrices only show that it works
    if not target or not ratios or lines[0]["size"] != "full":
        return ""
    comparison, limit = target.split()
    middle = statistics.median(ratios)
    met = {">=": middle >= float(limit), ">": middle > float(limit), "<=": middle <= float(limit)}[comparison]
    return "met" if met else "**missed**"


def print_table(path: str) -> None:
    groups = read_groups(path)
    if not groups:
        return
    lines = [line for group in groups.values() for line in group]
    first = lines[0]
    loads = [float(line["other_cpu"]) for line in lines]
    print(f"\n### {first['part']}\n")
    print(f"{first['cpu']}, {first['cores']} cores, {first['memory_gib']} GiB, {first['system']}; {first['versions']}.")
    print(f"Cores kept busy by others meanwhile: median {statistics.median(loads):.2f}, at most {max(loads):.2f}.\n")
    print("| what | measured | unit | reference | its value | ratio | target | |\n|---|---|---|---|---|---|---|---|")
    for (case, quantity, unit, reference, target), group in groups.items():
        cells = [f"{case}: {quantity}", spread(group, "value"), unit, reference, spread(group, "reference_value")]
        print("| " + " | ".join([*cells, spread(group, "ratio"), target, verdict(group, target)]) + " |")


for name in sys.argv[1:]:
    print_table(name)
