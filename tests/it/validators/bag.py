"""Validates a bag by the Library of Congress's reader: every file, every checksum, the Oxum.

Argument: the bag's folder. Prints its bag-info as JSON.
"""

import json
import sys

import bagit

try:
    bag = bagit.Bag(sys.argv[1])
    bag.validate(processes=1)
except bagit.BagError as error:
    sys.exit(f"{type(error).__name__}: {error}")
if bag.version != "1.0":
    sys.exit(f"BagIt {bag.version}")
print(json.dumps(bag.info))
