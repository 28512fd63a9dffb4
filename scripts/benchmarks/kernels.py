"""Products of one core: as a share of its FMA peak, against BLAS, and as a part of a whole pass of the solver."""

import json
import os
from pathlib import Path

import inputs
from measure import Report, Settings, fit_one, parse_settings, run, say

TYPES = ["double", "float"]
KERNELS = {"dense_times": "X*S^T", "dense_transposed": "A^T*X"}
BLAS = {
    "dense_times": ["blas_times", "blas_times_wide"],
    "dense_transposed": ["blas_transposed", "blas_transposed_wide"],
}
PASS_ITERATIONS = 12
SPARSE_WIDTH = 32


class Rates:
    """Counters by name of one run of kernels_benchmark, and what that run cost."""

    def __init__(self, program: Path, names: list, min_time: float, csr: Path):
        pattern = "^(" + "|".join(names) + ")$"
        options = [f"--benchmark_filter={pattern}", f"--benchmark_min_time={min_time}", "--benchmark_format=json"]
        # On one core: OpenBLAS would take all of them.
        text, self.cost = run([program, *options], threads=1, PARTITA_BENCHMARK_CSR=str(csr))
        self.found = {entry["name"]: entry for entry in json.loads(text)["benchmarks"]}
        self.command = f"OPENBLAS_NUM_THREADS=1 kernels_benchmark '--benchmark_filter={pattern}'"

    def flops(self, name: str) -> float:
        return self.found[name]["GF/s"]

    def bytes(self, name: str) -> float:
        return self.found[name]["GB/s"]

    def best_blas(self, kernel: str, kind: str, shape: str):
        """Over the two layouts in which a BLAS can be asked; None where none was linked."""
        names = [f"{blas}<{kind}>/{shape}" for blas in BLAS[kernel]]
        return max((self.flops(name) for name in names if name in self.found), default=None)


def widths(settings: Settings) -> list:
    return settings.pick([8, 16, 32, 64, 128, 256], [16, 64], [16])


def pass_widths(settings: Settings) -> list:
    return settings.pick([8, 16, 32, 64], [16, 64], [16])


def names_to_run(settings: Settings, side: int) -> list:
    names = ["memory_read"]
    for kind in TYPES:
        names.append(f"fma_peak<{kind}>")
        for kernel in [*KERNELS, *sum(BLAS.values(), [])]:
            names += [f"{kernel}<{kind}>/{side}/{side}/{k}" for k in widths(settings)]
    for k in {*pass_widths(settings), SPARSE_WIDTH}:
        names += [f"sparse_times<double>/{k}", f"sparse_transposed<double>/{k}"]
    return names


def report_machine(report: Report, rates: Rates, repeat: int) -> None:
    common = {"repeat": repeat, "cost": rates.cost, "command": rates.command}
    for kind in TYPES:
        report.add("one core", f"FMA peak, {kind}", rates.flops(f"fma_peak<{kind}>"), "GF/s", **common)
    report.add("one core", "reading memory", rates.bytes("memory_read"), "GB/s", **common)


def report_dense(report: Report, rates: Rates, side: int, k: int, repeat: int) -> None:
    shape = f"{side}/{side}/{k}"
    common = {"repeat": repeat, "cost": rates.cost, "command": rates.command}
    for kind in TYPES:
        peak = rates.flops(f"fma_peak<{kind}>")
        for kernel, product in KERNELS.items():
            ours = rates.flops(f"{kernel}<{kind}>/{shape}")
            case = f"dense {side} x {side}, {kind}, k = {k}"
            share = {"reference": "FMA peak", "reference_value": peak, "ratio": ours / peak}
            target = ">= 0.6" if 16 <= k <= 64 else ""
            report.add(case, product, ours, "GF/s", target=target, **share, **common)
            theirs = rates.best_blas(kernel, kind, shape)
            if theirs is not None:
                beside = {"reference": "OpenBLAS", "reference_value": theirs, "ratio": ours / theirs}
                report.add(case, product, ours, "GF/s", target=">= 1", **beside, **common)
            moved = rates.bytes(f"{kernel}<{kind}>/{shape}")
            memory = rates.bytes("memory_read")
            share = {"reference": "reading memory", "reference_value": memory, "ratio": moved / memory}
            report.add(case, product + " reading X", moved, "GB/s", **share, **common)


def harmonic(first: float, second: float) -> float:
    """Rate of two products of the same work, done one after the other."""
    return 2 / (1 / first + 1 / second)


def pair_rate(rates: Rates, prefix: str, suffix: str) -> float:
    return harmonic(rates.flops(f"{prefix}_times<double>{suffix}"), rates.flops(f"{prefix}_transposed<double>{suffix}"))


def report_sparse(report: Report, rates: Rates, repeat: int) -> None:
    rate = pair_rate(rates, "sparse", f"/{SPARSE_WIDTH}")
    report.add(
        f"sparse c, double, k = {SPARSE_WIDTH}", "X*S^T and A^T*X", rate, "GF/s", repeat=repeat, cost=rates.cost,
        command=rates.command, reference="9 GF/s", reference_value=9, ratio=rate / 9, target=">= 1",
    )  # fmt: skip


def report_pass(report: Report, case: str, matrix: Path, k: int, repeat: int, entries: float, rate: float) -> None:
    """@param rate  of the two products of this matrix in GF/s; entries  those stored."""
    run_of_fit = fit_one(report.settings, matrix, k, 1, repeat, PASS_ITERATIONS)
    seconds = run_of_fit.seconds_per_iteration()
    products = 4 * entries * k / (rate * 1e9)
    report.add(
        f"{case}, k = {k}", "pass", 1e3 * seconds, "ms", repeat=repeat, cost=run_of_fit.cost, command=run_of_fit.command,
        reference="its two products", reference_value=1e3 * products, ratio=seconds / products, target="<= 1.25",
    )  # fmt: skip


def main() -> None:
    settings = parse_settings("kernels", __doc__)
    report = Report(settings)
    program = Path(os.environ["KERNELS_BENCHMARK"])
    side = settings.pick(4000, 4000, 400)
    sparse = inputs.sparse(settings)
    entries = inputs.SPARSE[settings.size][2]
    for repeat in range(settings.repeats):
        say(f"kernels, repeat {repeat + 1} of {settings.repeats}")
        min_time = settings.pick(0.3, 0.05, 0.001)
        rates = Rates(program, names_to_run(settings, side), min_time, sparse.with_suffix(".csr"))
        report_machine(report, rates, repeat)
        for k in widths(settings):
            report_dense(report, rates, side, k, repeat)
        report_sparse(report, rates, repeat)
        for k in pass_widths(settings):
            dense_rate = pair_rate(rates, "dense", f"/{side}/{side}/{k}")
            report_pass(report, f"dense {side} x {side}, double", inputs.one_pass(settings, k), k, repeat, side**2, dense_rate)
            report_pass(report, "sparse c, double", sparse, k, repeat, entries, pair_rate(rates, "sparse", f"/{k}"))


main()
