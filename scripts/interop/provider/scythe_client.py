"""Questions answered by oaipmh-scythe."""
import sys

from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch

with Scythe(sys.argv[1]) as client:
    for line in sys.stdin:
        names = ("metadata_prefix", "set_", "from_", "until")
        arguments = {name: value for name, value in zip(names, line.split()) if value != "-"}
        records = deleted = 0
        try:
            for record in client.list_records(ignore_deleted=False, **arguments):
                records += 1
                deleted += record.deleted
        except NoRecordsMatch:
            pass
        print(line.strip(), records, deleted)
