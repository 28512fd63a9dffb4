"""The matrices that the benchmark makes itself; each is made once and kept.

  a  dense 8000 x 4000, 16 components + 10 % noise      b  dense 20000 x 500, 10 components + 10 % noise
  c  sparse 100,000 x 50,000, 5,000,000 stored: documents of 32 topics, lengths and words by power laws
  ratings sparse 200,000 x 20,000, 10,000,000 stored: users and things by power laws, from 0.5 to 5 by halves
  pass-K  dense 4000 x 4000, K components, to time one pass

Smaller ones of the same kinds stand in for them with --quick.
"""

from pathlib import Path

import numpy as np
import scipy.sparse

from measure import Settings, run, say

DENSE = {  # rows, columns, components, seed
    "a": {"full": (8000, 4000, 16, 1), "quick": (2000, 1000, 16, 1), "tiny": (300, 200, 16, 1)},
    "b": {"full": (20000, 500, 10, 2), "quick": (4000, 200, 10, 2), "tiny": (400, 100, 10, 2)},
}
SPARSE = {  # rows, columns, stored, topics
    "full": (100_000, 50_000, 5_000_000, 32),
    "quick": (20_000, 10_000, 500_000, 32),
    "tiny": (2_000, 1_000, 20_000, 32),
}


RATINGS = {  # users, things, ratings
    "full": (200_000, 20_000, 10_000_000),
    "quick": (20_000, 4_000, 500_000),
    "tiny": (500, 200, 5_000),
}


def dense(settings: Settings, name: str) -> Path:
    path = settings.inputs / f"{name}-{settings.size}.npy"
    if not path.exists():
        say(f"making {path}")
        save(path, lambda file: np.save(file, dense_values(*DENSE[name][settings.size])))
    return path


def dense_values(rows: int, columns: int, components: int, seed: int):
    random = np.random.default_rng(seed)
    left = random.gamma(1.0, 1.0, (rows, components)) * (random.random((rows, components)) < 0.5)
    right = random.gamma(1.0, 1.0, (components, columns)) * (random.random((components, columns)) < 0.5)
    planted = left @ right
    noise = random.standard_normal((rows, columns)) * (0.1 * np.sqrt((planted**2).mean()))
    return np.ascontiguousarray(np.maximum(planted + noise, 0))


def sparse(settings: Settings) -> Path:
    """Matrix c as Matrix Market; beside it, as .csr, for readers of raw numbers."""
    path = settings.inputs / f"c-{settings.size}.mtx"
    if not path.exists():
        say(f"making {path}")
        matrix = sparse_values(*SPARSE[settings.size], seed=3)
        save(path.with_suffix(".csr"), lambda file: write_csr(file, matrix))
        save(path, lambda file: write_market(file, matrix))
    return path


def sparse_values(rows: int, columns: int, stored: int, topics: int, seed: int):
    """Each draw is a word of a document: of a topic of the document, or (30 %) of the words common to all.

    Repeated words make an entry 1 + ln(count); of all entries as many as wanted are kept.
    """
    random = np.random.default_rng(seed)
    draws = int(stored * 2.2)
    length = np.arange(1, rows + 1) ** -0.6
    document = random.choice(rows, size=draws, p=(length / length.sum())[random.permutation(rows)])
    word_law = np.cumsum((np.arange(1, columns + 1) + 20.0) ** -1.05)
    names = [random.permutation(columns) for _ in range(topics + 1)]
    mixture = np.cumsum(random.dirichlet(np.full(topics, 0.1), rows), axis=1)
    mixture /= mixture[:, -1:]
    topic = draw_topics(random, mixture, document)
    topic[random.random(draws) < 0.3] = topics
    rank = np.searchsorted(word_law / word_law[-1], random.random(draws)).clip(0, columns - 1)
    word = np.stack(names)[topic, rank]

    counts = scipy.sparse.coo_matrix((np.ones(draws), (document, word)), (rows, columns)).tocsr().tocoo()
    if counts.nnz < stored:
        raise SystemExit("too few different words were drawn")
    keep = np.sort(random.permutation(counts.nnz)[:stored])
    values = 1 + np.log(counts.data[keep])
    matrix = scipy.sparse.csr_matrix((values, (counts.row[keep], counts.col[keep])), (rows, columns))
    matrix.sort_indices()
    return matrix


def ratings(settings: Settings) -> Path:
    path = settings.inputs / f"ratings-{settings.size}.mtx"
    if not path.exists():
        say(f"making {path}")
        matrix = ratings_values(*RATINGS[settings.size], seed=4)
        save(path, lambda file: write_market(file, matrix))
    return path


def ratings_values(users: int, things: int, stored: int, seed: int):
    """Who rates and what is rated follow power laws; a rating is of 8 tastes, with noise."""
    random = np.random.default_rng(seed)
    places = np.zeros(0, np.int64)
    while len(places) < stored:
        user = power_law(random, users, 0.8, stored)
        thing = power_law(random, things, 1.0, stored)
        places = np.unique(np.concatenate([places, user * things + thing]))
    places = np.sort(random.permutation(places)[:stored])
    user, thing = np.divmod(places, things)
    tastes, kinds = random.gamma(1.0, 1.0, (users, 8)), random.gamma(1.0, 1.0, (things, 8))
    liking = np.empty(stored)
    chunk = 1_000_000
    for begin in range(0, stored, chunk):
        part = slice(begin, begin + chunk)
        liking[part] = (tastes[user[part]] * kinds[thing[part]]).sum(axis=1) / 4
    liking += 0.5 + 0.5 * random.standard_normal(stored)
    values = np.clip(np.round(2 * liking) / 2, 0.5, 5)
    return scipy.sparse.csr_matrix((values, (user, thing)), (users, things))


def power_law(random, count: int, exponent: float, draws: int):
    """Numbers below count; the heavy ones are anywhere."""
    weight = np.cumsum((np.arange(1, count + 1) + count / 1000) ** -exponent)
    rank = np.searchsorted(weight / weight[-1], random.random(draws)).clip(0, count - 1)
    return random.permutation(count)[rank]


def draw_topics(random, mixture, document):
    chunk = 1_000_000
    topic = np.empty(len(document), np.int64)
    for begin in range(0, len(document), chunk):
        part = document[begin : begin + chunk]
        topic[begin : begin + chunk] = (random.random((len(part), 1)) > mixture[part]).sum(axis=1)
    return topic.clip(0, mixture.shape[1] - 1)


def write_csr(file, matrix) -> None:
    """64-bit rows, columns, stored and starts of rows; 32-bit columns; doubles."""
    np.array([*matrix.shape, matrix.nnz], np.int64).tofile(file)
    matrix.indptr.astype(np.int64).tofile(file)
    matrix.indices.astype(np.int32).tofile(file)
    matrix.data.astype(np.float64).tofile(file)


def write_market(file, matrix) -> None:
    entries = matrix.tocoo()
    file.write(b"%%MatrixMarket matrix coordinate real general\n")
    file.write(f"{matrix.shape[0]} {matrix.shape[1]} {matrix.nnz}\n".encode())
    for begin in range(0, matrix.nnz, 500_000):
        part = slice(begin, begin + 500_000)
        lines = zip(entries.row[part] + 1, entries.col[part] + 1, entries.data[part])
        file.write("".join(f"{row} {column} {value:.17g}\n" for row, column, value in lines).encode())


def one_pass(settings: Settings, components: int) -> Path:
    """A dense matrix of which the factors have exactly this width, made by partita."""
    side = settings.pick(4000, 4000, 400)
    path = settings.inputs / f"pass-{components}-{side}.npy"
    if not path.exists():
        options = ["--rows", side, "--columns", side, "-k", components, "--output", path]
        run([settings.partita, "generate", "lowrank", *options])
    return path


def save(path: Path, write) -> None:
    """Written under another name and moved, so that a file that is there is whole."""
    partial = path.with_name(path.name + ".part")
    with open(partial, "wb") as file:
        write(file)
    partial.replace(path)
