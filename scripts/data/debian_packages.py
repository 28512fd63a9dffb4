"""Makes a term-document matrix of the descriptions of Debian's packages.

usage: debian_packages.py tfidf|log PREFIX TRANSLATION-EN-FILE...

A document is one binary package's short and long description; of several versions of a package the one
in the first file counts. Terms are lower-case words of three or more letters that are in at least 3 documents and
at most half of them. With tf the count of a term in a document, df the number of documents it is in and n that of
all, the weights are
  tfidf   tf * (ln((1 + n) / (1 + df)) + 1), rows scaled to length 1: scikit-learn's TfidfVectorizer
  log     (1 + ln tf) * ln(n / df), rows as they are
Writes PREFIX.mtx, PREFIX.rows.txt (packages) and PREFIX.columns.txt (terms).
"""

import re
import subprocess
import sys

import numpy as np
import scipy.sparse
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

STANZA = re.compile(r"Package: (\S+)\n.*?^Description-en: (.*)", re.DOTALL | re.MULTILINE)


def read_list(path: str) -> str:
    """The text of one of apt's list files, which may be compressed in any way that apt knows."""
    command = ["/usr/lib/apt/apt-helper", "cat-file", path]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def read_descriptions(paths: list[str]) -> dict[str, str]:
    descriptions: dict[str, str] = {}
    for path in paths:
        for stanza in read_list(path).split("\n\n"):
            if match := STANZA.search(stanza):
                descriptions.setdefault(match[1], match[2])
    return descriptions


def weigh(counts, weights: str):
    if weights == "tfidf":
        return TfidfTransformer().fit_transform(counts)
    documents = np.bincount(counts.indices, minlength=counts.shape[1])
    factors = scipy.sparse.diags(np.log(counts.shape[0] / documents))
    tempered = counts.astype(np.float64)
    tempered.data = 1 + np.log(tempered.data)
    return scipy.sparse.csr_matrix(tempered @ factors)


def write_matrix(path: str, matrix) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write("%%MatrixMarket matrix coordinate real general\n")
        file.write("% descriptions of Debian packages: packages x terms\n")
        file.write(f"{matrix.shape[0]} {matrix.shape[1]} {matrix.nnz}\n")
        for row in range(matrix.shape[0]):
            begin, end = matrix.indptr[row], matrix.indptr[row + 1]
            entries = zip(matrix.indices[begin:end].tolist(), matrix.data[begin:end].tolist())
            file.writelines(f"{row + 1} {column + 1} {value!r}\n" for column, value in entries)


def write_lines(path: str, lines) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def main() -> None:
    weights, prefix, *paths = sys.argv[1:]
    descriptions = read_descriptions(paths)
    vectorizer = CountVectorizer(token_pattern=r"[a-z]{3,}", min_df=3, max_df=0.5)
    matrix = weigh(vectorizer.fit_transform(descriptions.values()), weights)
    matrix.sort_indices()
    write_lines(f"{prefix}.rows.txt", descriptions)
    write_lines(f"{prefix}.columns.txt", vectorizer.get_feature_names_out())
    write_matrix(f"{prefix}.mtx", matrix)


main()
