"""The fenced blocks of a README, and the rules by which they are commands, output, files or pictures."""

import re
from dataclasses import dataclass, field

FENCE = re.compile(r"^```(\w*)\s*$")
COMMENT = re.compile(r"^<!-- (not run|file|picture)(?:: (.*?))? -->$")
COMMANDS = ("sh", "python", "r")


@dataclass
class Block:
    """`language` is '' for what is printed; `line` that of the fence; `mark` and `reason` from the comment above."""

    path: str
    line: int
    language: str
    mark: str = ""
    reason: str = ""
    lines: list = field(default_factory=list)
    output: list | None = None

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"

    @property
    def place(self):
        return f"{self.path}:{self.line}"


def fenced(path, text):
    """All fenced blocks in order; `previous` is where the last one ended."""
    blocks, block, mark, ended = [], None, ("", ""), -2
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None:
            if line == "```":
                ended = number
                blocks.append(block)
                block = None
            else:
                block.lines.append(line)
        elif fence:
            block = Block(path, number, fence[1], *mark)
            # what a command prints stands directly below it
            if fence[1] == "" and mark[0] == "" and ended == number - 1:
                block.mark = "output"
            mark = ("", "")
        elif line.strip():
            comment = COMMENT.match(line)
            mark = (comment[1], comment[2] or "") if comment else ("", "")
    if block is not None:
        raise ValueError(f"{block.place}: a block without an end")
    return blocks


def read(path, text):
    """Commands and files in order, commands with the output that is expected. ValueError names a block of which
    it cannot be told what it is: none is left out in silence."""
    result = []
    for block in fenced(path, text):
        if block.mark == "output":
            if not result or result[-1].language not in COMMANDS:
                raise ValueError(f"{block.place}: the output of no command")
            result[-1].output = block.lines
        elif block.mark in ("picture", "not run") and block.language == "":
            pass
        elif block.mark == "file" or block.language in COMMANDS:
            result.append(block)
        elif block.mark != "not run":
            raise ValueError(f"{block.place}: neither a command nor its output; mark it as "
                             "<!-- picture -->, <!-- file: NAME --> or <!-- not run: REASON -->")
    return result
