"""Reading files: Matrix Market against scipy.io.mmread, npy against what the machine reads at best."""

from pathlib import Path

import inputs
from measure import PYTHON, Report, Settings, fit_one, parse_settings, run, say

MMREAD = "import scipy.io, sys, time; t = time.perf_counter(); scipy.io.mmread(sys.argv[1]); print(time.perf_counter() - t)"
# As many readers as processes, each of its part: into memory of its own as a program must, or
# over and over into a small piece that stays in the cache, as dd does.
PLAIN_READ = """
import os, sys, time, multiprocessing
import numpy
path, parts, piece = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
share = os.path.getsize(path) // parts
def read(part, barrier, spans):
    with open(path, "rb", buffering=0) as file:
        file.seek(part * share)
        barrier.wait()
        begin = time.monotonic()
        buffer = memoryview(numpy.empty(min(piece, share) if piece else share, numpy.uint8))
        done = 0
        while done < share:
            where = buffer[: share - done] if piece else buffer[done:]
            got = file.readinto(where)
            if not got: break
            done += got
        spans.put((begin, time.monotonic()))
barrier, spans = multiprocessing.Barrier(parts), multiprocessing.Queue()
readers = [multiprocessing.Process(target=read, args=(part, barrier, spans)) for part in range(parts)]
for reader in readers: reader.start()
times = [spans.get() for _ in readers]
for reader in readers: reader.join()
print(max(end for _, end in times) - min(begin for begin, _ in times))
"""
SMALL_PIECE = 1 << 20


def measured_seconds(program: str, *arguments) -> tuple:
    text, cost = run([PYTHON, "-c", program, *arguments])
    return float(text), cost


def warm(path: Path) -> None:
    """Brings the file into the page cache, where all of them find it."""
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def market(settings: Settings, report: Report, path: Path, name: str, repeat: int) -> None:
    megabytes = path.stat().st_size / 1e6
    theirs, _ = measured_seconds(MMREAD, path)
    for processes in sorted({1, settings.processes}):
        ours = fit_one(settings, path, 1, processes, 0, 1)
        seconds = ours.read_seconds()
        report.add(
            f"{name}, {megabytes:.0f} MB", f"reading, {processes} process{'es' * (processes > 1)}", seconds, "s", repeat=repeat,
            cost=ours.cost, command=ours.command, processes=processes, reference="scipy.io.mmread", reference_value=theirs,
            ratio=theirs / seconds, target=">= 10" if processes == settings.processes else "",
        )  # fmt: skip


def npy(settings: Settings, report: Report, path: Path, name: str, repeat: int) -> None:
    size = path.stat().st_size
    processes = settings.processes
    # The first of two: a virtual machine gets memory from its host when it is touched, which takes longer than to read.
    fit_one(settings, path, 1, processes, 0, 1)
    ours = fit_one(settings, path, 1, processes, 0, 1)
    rate = size / ours.read_seconds() / 1e9
    for reference, piece, target in [("plain read into memory", 0, ">= 0.6"), ("plain read, 1 MB again and again", SMALL_PIECE, "")]:
        seconds, _ = measured_seconds(PLAIN_READ, path, processes, piece)
        plain = size / seconds / 1e9
        report.add(
            f"{name}, {size / 1e6:.0f} MB", "reading", rate, "GB/s", repeat=repeat, cost=ours.cost, command=ours.command,
            processes=processes, reference=reference, reference_value=plain, ratio=rate / plain, target=target,
        )  # fmt: skip


def main() -> None:
    settings = parse_settings("read", __doc__)
    report = Report(settings)
    sparse, dense = inputs.sparse(settings), inputs.dense(settings, "a")
    text = settings.data / "debian-packages.mtx"
    for path in [sparse, dense]:
        warm(path)
    for repeat in range(settings.repeats):
        say(f"read, repeat {repeat + 1} of {settings.repeats}")
        market(settings, report, sparse, "sparse c, .mtx", repeat)
        if settings.size == "full" and text.exists():
            market(settings, report, text, "package descriptions, .mtx", repeat)
        npy(settings, report, dense, "dense a, .npy", repeat)


main()
