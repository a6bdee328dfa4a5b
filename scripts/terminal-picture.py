#!/usr/bin/env python3
"""Draws a terminal session as SVG: `scripts/terminal-picture.py SESSION.txt PICTURE.svg`.

Lines that begin with `$ ` are commands. The picture follows the reader's preference for light or dark.
"""

import sys
from html import escape
from pathlib import Path

LINE = 22
CHARACTER = 8.43  # advance of 14 px monospace
MARGIN = 20
COLUMNS = 110
TOP = 44


def broken(line):
    """Breaks a line as a terminal does."""
    return [line[at : at + COLUMNS] for at in range(0, len(line), COLUMNS)] or [""]


def main(session, picture):
    text = Path(session).read_text(encoding="utf-8").rstrip("\n")
    lines = [part for line in text.split("\n") for part in broken(line)]
    width = round(max(len(line) for line in lines) * CHARACTER + 2 * MARGIN)
    height = TOP + len(lines) * LINE + MARGIN // 2
    texts = []
    for number, line in enumerate(lines):
        y = TOP + number * LINE + 12
        if line.startswith("$ "):
            content = f'<tspan class="prompt">$</tspan> <tspan class="command">{escape(line[2:])}</tspan>'
        else:
            content = escape(line)
        texts.append(f'<text x="{MARGIN}" y="{y}" xml:space="preserve">{content}</text>')
    dots = "".join(f'<circle class="dot" cx="{MARGIN + 6 + 18 * dot}" cy="20" r="5"/>' for dot in range(3))
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="A terminal session">
<style>
.window {{ fill: #f7f7f5; stroke: #c9c9c4 }} .dot {{ fill: #c9c9c4 }}
text {{ font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #33383d }}
.prompt {{ fill: #2a6fb0 }} .command {{ font-weight: 700; fill: #111 }}
@media (prefers-color-scheme: dark) {{
.window {{ fill: #1d2125; stroke: #3c434a }} .dot {{ fill: #3c434a }}
text {{ fill: #c9d1d9 }} .prompt {{ fill: #6cb0f0 }} .command {{ fill: #fff }}
}}
</style>
<rect class="window" x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="8"/>
{dots}
{chr(10).join(texts)}
</svg>
"""
    Path(picture).write_text(svg, encoding="utf-8")


if len(sys.argv) != 3:
    sys.exit("terminal-picture: name the session and the picture")
main(*sys.argv[1:])
