"""Checks DataCite XML on stdin by the controlled lists and mandatory properties of DataCite's schema 4.5: datacite.py SCHEMA.

No registry carries the XML Schema, which has all elements in any order (xs:all); its lists are those of the JSON Schema.
Prints the number of records.
"""
import json
import sys

from lxml import etree

KERNEL = "{http://datacite.org/schema/kernel-4}"
definitions = json.load(open(sys.argv[1], encoding="utf-8"))["definitions"]
LISTS = {name: set(definition["enum"]) for name, definition in definitions.items() if "enum" in definition}
LISTS["relatedItemIdentifierType"] = LISTS["relatedIdentifierType"]
LISTS["relatedItemType"] = LISTS["resourceTypeGeneral"]
MANDATORY = ["identifier", "creators", "titles", "publisher", "publicationYear", "resourceType"]
NAMES = {"identifier", "creators", "titles", "publisher", "publicationYear", "resourceType", "subjects", "contributors", "dates",
         "language", "alternateIdentifiers", "relatedIdentifiers", "sizes", "formats", "version", "rightsList", "descriptions",
         "geoLocations", "fundingReferences", "relatedItems"}

root = etree.fromstring(sys.stdin.buffer.read())
faults = []
records = root.findall(f"{KERNEL}resource")
for record in records:
    names = [child.tag.removeprefix(KERNEL) for child in record]
    faults += [f"{name} is missing" for name in MANDATORY if name not in names]
    faults += [f"{name} stands twice" for name in set(names) if names.count(name) > 1]
    faults += [f"{name} is no property" for name in names if name not in NAMES]
    for element in record.iter():
        for name, value in element.attrib.items():
            if name in LISTS and value not in LISTS[name]:
                faults.append(f"{element.tag.removeprefix(KERNEL)}/@{name} {value}")
    if not record.find(f"{KERNEL}identifier").text.startswith("10."):
        faults.append("the identifier is no DOI")
if faults:
    sys.exit("\n".join(sorted(set(faults))))
print(len(records))
