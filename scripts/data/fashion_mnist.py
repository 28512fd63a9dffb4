"""Converts the gzipped IDX file of Fashion-MNIST's images into a .npy matrix, an image a row.

usage: fashion_mnist.py TRAIN-IMAGES.gz OUTPUT.npy
"""

import gzip
import struct
import sys


def npy_header(rows: int, columns: int) -> bytes:
    """The header of a version 1.0 file of bytes in C order; its length is a multiple of 64."""
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
    before = len(b"\x93NUMPY") + 4
    text = text.ljust(-(-(before + len(text) + 1) // 64) * 64 - before - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("ascii")


def main() -> None:
    source, target = sys.argv[1:]
    with gzip.open(source, "rb") as file:
        magic, images, height, width = struct.unpack(">4i", file.read(16))
        if magic != 2051:
            sys.exit(f"{source}: not an IDX file of images")
        pixels = file.read()
    if len(pixels) != images * height * width:
        sys.exit(f"{source}: truncated")
    with open(target, "wb") as file:
        file.write(npy_header(images, height * width))
        file.write(pixels)


main()
