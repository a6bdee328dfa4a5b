"""Validates XML files by Crossref's schema (XML Schema 1.1), which stands in the folder given first: says the number of each
faulty one and what is wrong. Fetches nothing."""

import os
import pickle
import sys
import tempfile
from pathlib import Path

import xmlschema

folder = Path(sys.argv[1]).resolve()
places = {path.name: path.as_uri() for path in folder.rglob("*.xsd")}
# Building the schema takes seconds: it is kept in the environment, which a change of any package makes anew.
kept = Path(sys.prefix) / "crossref.pickle"


def local(address):
    """Schemas that are named by an address of the web stand beside the others."""
    if address.startswith("file:"):
        return address
    return places.get(address.rsplit("/", 1)[-1], address)


def build():
    schema = xmlschema.XMLSchema11(
        (folder / "crossref5.5.0.xsd").as_uri(), uri_mapper=local, allow="local", validation="lax"
    )
    sys.setrecursionlimit(100_000)
    with tempfile.NamedTemporaryFile(dir=sys.prefix, delete=False) as file:
        file.write(pickle.dumps(schema))
    os.replace(file.name, kept)
    return schema


schema = pickle.loads(kept.read_bytes()) if kept.exists() else build()
for number, path in enumerate(sys.argv[2:]):
    for fault in list(schema.iter_errors(Path(path).read_text(encoding="utf-8")))[:10]:
        print(number, fault.path, " ".join(str(fault.reason).split()), sep="\t")
