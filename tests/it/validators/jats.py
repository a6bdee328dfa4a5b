"""Validates JATS documents, given as files, by the DTD that each names: of the folder given, each read once. Says the
number of each faulty one and what is wrong. Fetches nothing."""

import sys
from pathlib import Path

from lxml import etree

folder = Path(sys.argv[1])
catalog = etree.parse(folder / "catalog.xml")
places = {entry.get("publicId"): entry.get("uri") for entry in catalog.iter("{*}public")}
parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False, huge_tree=True)
known = {}

for number, path in enumerate(sys.argv[2:]):
    try:
        document = etree.parse(path, parser)
    except etree.XMLSyntaxError as error:
        print(number, error, sep="\t")
        continue
    name = document.docinfo.public_id
    if name not in places:
        print(number, f"no JATS DTD: {name}", sep="\t")
        continue
    if name not in known:
        known[name] = etree.DTD(str(folder / places[name]))
    dtd = known[name]
    if not dtd.validate(document):
        print(number, str(dtd.error_log.filter_from_errors())[:1000].replace("\n", " "), sep="\t")
