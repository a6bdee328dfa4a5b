"""Reads ISO 2709 and MARCXML of the same records; says what is wrong with them.

Arguments: the file in ISO 2709, the file in MARCXML. Records that were shortened for ISO 2709 may differ.
"""

import re
import sys
from io import BytesIO

from pydantic import ValidationError
from pydantic_marc import MarcRecord
from pymarc import MARCReader, parse_xml_to_array

# The patterns of MARC 21's XML schema.
LEADER = re.compile(r"[\d ]{5}[\dA-Za-z ][\dA-Za-z][\dA-Za-z ]{3}(2| ){2}[\d ]{5}[\dA-Za-z ]{3}(4500|    )")
TAG = re.compile(r"00[1-9A-Za-z]|0([1-9A-Z][0-9A-Z])|[1-9][0-9A-Za-z]{2}")
INDICATOR = re.compile(r"[\da-z ]")
CODE = re.compile(r"[a-z0-9]")

faults = []
with open(sys.argv[1], "rb") as file:
    data = file.read()
records = list(MARCReader(BytesIO(data)))
again = b""
for number, record in enumerate(records):
    if record is None:
        faults.append(f"record {number} is corrupt")
        continue
    again += record.as_marc()
    deleted = record.leader[5] == "d"
    try:
        MarcRecord.model_validate(record, from_attributes=True)
    except ValidationError as error:
        for one in error.errors():
            # A deletion has no fixed-length data.
            if not (deleted and one["loc"] == ("fields", "008")):
                faults.append(f"record {number}: {one['msg']} {one['loc']} {str(one['input'])[:200]}")
    if deleted and [field.tag for field in record.fields if field.tag >= "006"] != ["245"]:
        faults.append(f"record {number}: a deletion holds more than its title")
if again != data:
    faults.append("read and written again, the records differ")

from_xml = parse_xml_to_array(sys.argv[2])
if len(from_xml) != len(records):
    faults.append(f"{len(records)} records in ISO 2709, {len(from_xml)} in MARCXML")
shortened = 0
for number, (one, other) in enumerate(zip(records, from_xml)):
    if not LEADER.fullmatch(str(other.leader)):
        faults.append(f"record {number}: leader {other.leader}")
    for field in other.fields:
        if not TAG.fullmatch(field.tag):
            faults.append(f"record {number}: tag {field.tag}")
        if not field.control_field:
            if not all(INDICATOR.fullmatch(indicator) for indicator in field.indicators):
                faults.append(f"record {number}: indicators of {field}")
            if not field.subfields or not all(CODE.fullmatch(part.code) for part in field.subfields):
                faults.append(f"record {number}: subfields of {field}")
    whole = all(len(str(field).encode()) < 9900 for field in other.fields)
    if whole and len(str(other).encode()) < 99000:
        if one is not None and one.as_marc() != other.as_marc():
            faults.append(f"record {number} differs between ISO 2709 and MARCXML")
    else:
        shortened += 1

print(f"{len(records)} records, {shortened} beyond the limits of ISO 2709")
print("\n".join(faults[:30]), file=sys.stderr)
sys.exit(bool(faults))
