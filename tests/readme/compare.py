"""Whether a command printed what its README says."""

import math
import re

# Kernels for other vector widths, and other numbers of processes, add up in another order. That changes a relative
# error by some 1e-15, after thousands of steps by 1e-12; another method or seed changes it by more than 1e-6.
RELATIVE = 1e-9
# for errors of rounding size, as those of a matrix of exact rank
ABSOLUTE = 1e-12

DECIMAL = r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?"
SECONDS = re.compile(r"\bseconds=\S+")


def pattern_of(line):
    """A regular expression with a group for each decimal number of the line; `…` takes anything."""
    parts = re.split(f"({DECIMAL}|…)", line)
    return "".join(".*" if part == "…" else re.escape(part) if i % 2 == 0 else f"({DECIMAL})"
                   for i, part in enumerate(parts))


def same_line(wanted, got):
    """Words and whole numbers are the same, decimal numbers close, seconds any."""
    wanted, got = (SECONDS.sub("seconds=", line.rstrip()) for line in (wanted, got))
    match = re.fullmatch(pattern_of(wanted), got)
    return match is not None and all(
        math.isclose(float(a), float(b), rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        for a, b in zip(re.findall(DECIMAL, wanted), match.groups()))


def same_output(wanted, stdout, stderr):
    """Whether all of stdout, line by line, is what is wanted, where a line `…` stands for any number of lines. Lines of
    stderr may be shown in between, in their order. Empty lines do not count."""
    wanted, stdout, stderr = ([line for line in lines if line.strip()] for lines in (wanted, stdout, stderr))
    # the places (in stdout, in stderr) that can be reached with the lines so far
    places = {(0, 0)}
    for line in wanted:
        if line.strip() == "…":
            places = {(i, e) for o, e in places for i in range(o, len(stdout) + 1)}
            continue
        reached = {(o + 1, e) for o, e in places if o < len(stdout) and same_line(line, stdout[o])}
        reached |= {(o, i + 1) for o, e in places for i in range(e, len(stderr)) if same_line(line, stderr[i])}
        places = reached
    return any(o == len(stdout) for o, _ in places)
