"""Writes src/export/jats/native/archiving-1.4.model: what the JATS Archiving DTD 1.4 allows, one element a line.

Run as `python scripts/jats-model.py .tools/node_modules/@jats4r/dtds/schema` in an environment with lxml, after
scripts/install-validators.sh. The DTD is in the public domain (National Library of Medicine).

A line is `name content attribute…`. Content is EMPTY or a content model as the DTD writes it, `#` being text;
`name:TYPE`, `name=one|or|other`, a `!` at the end for one that is required. `%3` stands for the text of the line `%3 …`.
"""

import collections
import os
import pathlib
import sys

schema = pathlib.Path(sys.argv[1]).resolve()
os.environ["XML_CATALOG_FILES"] = str(schema / "catalog.xml")

from lxml import etree  # noqa: E402  the catalog is read when it is loaded

dtd = etree.DTD(str(schema / "1.4/JATS-archivearticle1-4-mathml3.dtd"))
OCCURS = {"once": "", "opt": "?", "mult": "*", "plus": "+"}
TYPES = {"cdata": "", "id": ":ID", "idref": ":IDREF", "idrefs": ":IDREFS", "nmtoken": ":NMTOKEN", "nmtokens": ":NMTOKENS"}


def full(prefix, name):
    return f"{prefix}:{name}" if prefix else name


declared = {full(element.prefix, element.name) for element in dtd.iterelements()}


def child(name, parent):
    """lxml leaves prefixes out of content models; MathML names MathML first."""
    if parent.startswith("mml:") and f"mml:{name}" in declared:
        return f"mml:{name}"
    if name in declared:
        return name
    return next(full(prefix, name) for prefix in ("mml", "ali", "xi") if full(prefix, name) in declared)


def parts(node, kind):
    if node is None:
        return []
    if node.type == kind and node.occur == "once":
        return parts(node.left, kind) + parts(node.right, kind)
    return [node]


def content(node, parent):
    if node.type == "pcdata":
        return "#"
    if node.type == "element":
        return child(node.name, parent) + OCCURS[node.occur]
    within = parts(node.left, node.type) + parts(node.right, node.type)
    sign = "," if node.type == "seq" else "|"
    return "(" + sign.join(content(part, parent) for part in within) + ")" + OCCURS[node.occur]


def attribute(declaration):
    if declaration.type in ("enumeration", "notation"):
        kind = "=" + "|".join(declaration.values())
    else:
        kind = TYPES[declaration.type]
    if declaration.default == "fixed":
        kind = "=" + declaration.default_value
    required = "!" if declaration.default == "required" else ""
    return full(declaration.prefix, declaration.name) + kind + required


lines = []
for element in dtd.iterelements():
    name = full(element.prefix, element.name)
    model = content(element.content, name) if element.content is not None else element.type.upper()
    if model == "#":
        model = "(#)*"
    lines.append([name, model, " ".join(sorted(attribute(a) for a in element.iterattributes()))])
lines.sort()

# What stands several times is named once.
counts = collections.Counter()
for _, model, attributes in lines:
    counts[model] += 1
    counts[attributes] += 1
names = {}
for text, count in sorted(counts.items()):
    if count > 1 and len(text) > 12:
        names[text] = f"%{len(names)}"
out = [f"{number} {text}" for text, number in names.items()]
for name, model, attributes in lines:
    out.append(f"{name} {names.get(model, model)} {names.get(attributes, attributes)}".rstrip())
target = pathlib.Path(__file__).resolve().parent.parent / "src/export/jats/native/archiving-1.4.model"
target.write_text("\n".join(out) + "\n")
