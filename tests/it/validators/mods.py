"""Validates a modsCollection on stdin by the XML Schema of MODS 3.4: mods.py FOLDER_OF_SCHEMAS.

The newest schema that a registry carries is 3.4. What MODS 3.6 and 3.7 added is taken out before, and has to be of these names.
Prints the number of records.
"""
import sys
from pathlib import Path

import xmlschema
from lxml import etree

MODS = "{http://www.loc.gov/mods/v3}"
# Added by MODS 3.6 and 3.7 (changes for 3.6 and 3.7, www.loc.gov/standards/mods).
NEWER = [f"{MODS}nameIdentifier", f"{MODS}alternativeName"]

folder = Path(sys.argv[1])
schema = xmlschema.XMLSchema(
    str(folder / "mods-3-4.xsd"),
    locations=[("http://www.w3.org/1999/xlink", str(folder / "xlink.xsd"))],
    allow="local",
)
root = etree.fromstring(sys.stdin.buffer.read())
for element in list(root.iter(*NEWER)):
    element.getparent().remove(element)
for record in root:
    record.set("version", "3.4")
errors = [f"{error.path}: {error.reason}" for error in schema.iter_errors(etree.ElementTree(root))]
if errors:
    sys.exit("\n".join(errors[:20]))
print(len(root))
