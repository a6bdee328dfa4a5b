"""Validates the XML on stdin by Crossref's schema (XML Schema 1.1), which stands in the folder given. Fetches nothing."""

import sys
from pathlib import Path

import xmlschema

folder = Path(sys.argv[1]).resolve()
places = {path.name: path.as_uri() for path in folder.rglob("*.xsd")}


def local(address):
    """Schemas that are named by an address of the web stand beside the others."""
    if address.startswith("file:"):
        return address
    return places.get(address.rsplit("/", 1)[-1], address)


schema = xmlschema.XMLSchema11(
    (folder / "crossref5.5.0.xsd").as_uri(), uri_mapper=local, allow="local", validation="lax"
)
faults = list(schema.iter_errors(sys.stdin.buffer.read().decode("utf-8")))
for fault in faults[:10]:
    print(fault.path, fault.reason, file=sys.stderr)
print(len(schema.maps.elements), "elements known")
sys.exit(bool(faults))
