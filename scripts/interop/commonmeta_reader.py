"""Reads exports with commonmeta, the converter of Front Matter: commonmeta_reader.py FOLDER.

The folder has a.csl, a.bibtex and a.datacite. Each entry has to come back with its title, its year and, where it
has one, its DOI. Prints FORMAT and the number of entries.
"""
import json
import re
import sys
from pathlib import Path

from commonmeta import Metadata
from lxml import etree

folder = Path(sys.argv[1])


def entries():
    for item in json.loads((folder / "a.csl").read_text()):
        yield "csl", json.dumps(item), item["title"], item.get("DOI")
    for text in (folder / "a.bibtex").read_text().split("\n\n"):
        if text.startswith("@") and not text.startswith("@comment"):
            doi = re.search(r"^  doi = \{(.*)\}", text, re.M)
            yield "bibtex", text, None, doi and doi.group(1)
    kernel = "{http://datacite.org/schema/kernel-4}"
    for resource in etree.parse(str(folder / "a.datacite")).getroot():
        title = resource.find(f"{kernel}titles/{kernel}title").text
        doi = resource.find(f"{kernel}identifier").text
        yield "datacite", etree.tostring(resource, encoding="unicode"), title, doi


READERS = {"datacite": "datacite_xml"}
counts = {}
for form, text, title, doi in entries():
    try:
        read = Metadata(text, via=READERS.get(form, form), no_network=True, validate=False)
    except Exception as error:
        sys.exit(f"{form}: {error!r}: {text[:300]}")
    plain = " ".join((read.title or "").split())
    if not plain or title and plain.casefold() != " ".join(title.split()).casefold():
        sys.exit(f"{form}: title {read.title!r}, not {title!r}")
    # Of CSL it takes the id of the item for that of the work.
    if doi and form != "csl" and doi.casefold().removeprefix("https://doi.org/") not in (read.id or "").casefold():
        sys.exit(f"{form}: DOI {read.id!r}, not {doi!r}")
    counts[form] = counts.get(form, 0) + 1
for form, count in counts.items():
    print(form, count)
