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
    """Counters by name of one run of kernels_benchmark, and what that run cost.

    Runs are short, so that what is compared was measured within the same seconds.
    """

    def __init__(self, settings: Settings, names: str, csr: Path):
        pattern = f"^({names})$"
        min_time = settings.pick(0.2, 0.05, 0.001)
        options = [f"--benchmark_filter={pattern}", f"--benchmark_min_time={min_time}", "--benchmark_format=json"]
        # On one core: OpenBLAS would take all of them.
        text, self.cost = run([os.environ["KERNELS_BENCHMARK"], *options], threads=1, PARTITA_BENCHMARK_CSR=str(csr))
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


def dense_names(side: int, kind: str, k: int) -> str:
    return f"memory_read|fma_peak<{kind}>|(dense|blas)_(times|transposed)(_wide)?<{kind}>/{side}/{side}/{k}"


def sparse_names(k: int) -> str:
    return f"sparse_(times|transposed)<double>/{k}"


def report_dense(report: Report, rates: Rates, side: int, kind: str, k: int, repeat: int) -> None:
    common = {"repeat": repeat, "cost": rates.cost, "command": rates.command}
    peak, memory = rates.flops(f"fma_peak<{kind}>"), rates.bytes("memory_read")
    case = f"dense {side} x {side}, {kind}, k = {k}"
    for kernel, product in KERNELS.items():
        name = f"{kernel}<{kind}>/{side}/{side}/{k}"
        ours, moved = rates.flops(name), rates.bytes(name)
        share = {"reference": "FMA peak", "reference_value": peak, "ratio": ours / peak}
        report.add(case, product, ours, "GF/s", **share, **common)
        # what a core reaches at best that reads X once at the speed of memory
        bound = min(peak, memory * ours / moved)
        share = {"reference": "FMA peak or reading memory", "reference_value": bound, "ratio": ours / bound}
        report.add(case, product, ours, "GF/s", target=">= 0.6" if k >= 16 else "", **share, **common)
        theirs = rates.best_blas(kernel, kind, f"{side}/{side}/{k}")
        if theirs is not None:
            beside = {"reference": "OpenBLAS", "reference_value": theirs, "ratio": ours / theirs}
            report.add(case, product, ours, "GF/s", target=">= 1", **beside, **common)
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


def measure(settings: Settings, report: Report, side: int, sparse: Path, repeat: int) -> None:
    csr, entries = sparse.with_suffix(".csr"), inputs.SPARSE[settings.size][2]
    for k in widths(settings):
        for kind in TYPES:
            dense = Rates(settings, dense_names(side, kind, k), csr)
            report_dense(report, dense, side, kind, k, repeat)
            if kind == "double" and k in pass_widths(settings):
                matrix = inputs.one_pass(settings, k)
                rate = pair_rate(dense, "dense", f"/{side}/{side}/{k}")
                report_pass(report, f"dense {side} x {side}, double", matrix, k, repeat, side**2, rate)
    for k in sorted({*pass_widths(settings), SPARSE_WIDTH}):
        rates = Rates(settings, sparse_names(k), csr)
        if k == SPARSE_WIDTH:
            report_sparse(report, rates, repeat)
        if k in pass_widths(settings):
            report_pass(report, "sparse c, double", sparse, k, repeat, entries, pair_rate(rates, "sparse", f"/{k}"))


def main() -> None:
    settings = parse_settings("kernels", __doc__)
    report = Report(settings)
    sparse = inputs.sparse(settings)
    for repeat in range(settings.repeats):
        say(f"kernels, repeat {repeat + 1} of {settings.repeats}")
        measure(settings, report, settings.pick(4000, 4000, 400), sparse, repeat)


main()
