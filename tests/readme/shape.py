"""The shape of a README: lines that fit a screen, and links that lead somewhere."""

import re
from pathlib import Path

LONGEST_LINE = 120
MOST_LINES = {"README.md": 180}

LINK = re.compile(r"\]\(([^)\s]+)\)")


def without_code(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(text):
    """Those that GitHub gives to headings."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
            for title in re.findall(r"^#+ +(.*)$", without_code(text), flags=re.MULTILINE)}


def link_fault(link, folder, text):
    if re.match(r"[a-z]+:", link):
        return ""
    name, _, anchor = link.partition("#")
    target = folder / name
    if name and not target.exists():
        return f"the link {link} leads to no file"
    if anchor and anchor not in anchors(target.read_text(encoding="utf-8") if name else text):
        return f"the link {link} leads to no heading"
    return ""


def faults(path, file):
    """What is wrong with the README `file`, which is called `path`, a line each."""
    text = Path(file).read_text(encoding="utf-8")
    lines = text.splitlines()
    found = [f"{path}:{i}: {len(line)} characters, more than {LONGEST_LINE}"
             for i, line in enumerate(lines, 1) if len(line) > LONGEST_LINE]
    if len(lines) > MOST_LINES.get(path, len(lines)):
        found.append(f"{path}: {len(lines)} lines, more than {MOST_LINES[path]}")
    for link in LINK.findall(without_code(text)):
        fault = link_fault(link, Path(file).parent, text)
        if fault:
            found.append(f"{path}: {fault}")
    return found
