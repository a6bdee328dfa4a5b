"""Questions answered by sickle."""
import sys

from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

client = Sickle(sys.argv[1])
for line in sys.stdin:
    names = ("metadataPrefix", "set", "from", "until")
    arguments = {name: value for name, value in zip(names, line.split()) if value != "-"}
    records = deleted = 0
    try:
        for record in client.ListRecords(ignore_deleted=False, **arguments):
            records += 1
            deleted += record.deleted
    except NoRecordsMatch:
        pass
    print(line.strip(), records, deleted)
