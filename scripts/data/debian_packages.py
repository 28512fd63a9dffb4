"""Makes a term-document matrix of the descriptions of Debian's packages.

usage: debian_packages.py PREFIX TRANSLATION-EN-FILE...

A document is one binary package's short and long description; of several versions of a package the one
in the first file counts. Terms are lower-case words of three or more letters that are in at
least 3 documents and at most half of them, weighted as scikit-learn's TfidfVectorizer does: tf * (ln((1+n)/(1+df)) + 1),
rows of length 1. Writes PREFIX.mtx, PREFIX.rows.txt (packages) and PREFIX.columns.txt (terms).
"""

import re
import subprocess
import sys

from sklearn.feature_extraction.text import TfidfVectorizer

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


def write_matrix(path: str, matrix) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write("%%MatrixMarket matrix coordinate real general\n")
        file.write("% descriptions of Debian packages: packages x terms, TF-IDF\n")
        file.write(f"{matrix.shape[0]} {matrix.shape[1]} {matrix.nnz}\n")
        for row in range(matrix.shape[0]):
            begin, end = matrix.indptr[row], matrix.indptr[row + 1]
            entries = zip(matrix.indices[begin:end].tolist(), matrix.data[begin:end].tolist())
            file.writelines(f"{row + 1} {column + 1} {value!r}\n" for column, value in entries)


def write_lines(path: str, lines) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def main() -> None:
    prefix, *paths = sys.argv[1:]
    descriptions = read_descriptions(paths)
    vectorizer = TfidfVectorizer(token_pattern=r"[a-z]{3,}", min_df=3, max_df=0.5)
    matrix = vectorizer.fit_transform(descriptions.values())
    matrix.sort_indices()
    write_lines(f"{prefix}.rows.txt", descriptions)
    write_lines(f"{prefix}.columns.txt", vectorizer.get_feature_names_out())
    write_matrix(f"{prefix}.mtx", matrix)


main()
