"""Questions answered by pyoai."""
import sys
from datetime import datetime, timedelta

from oaipmh.client import Client
from oaipmh.error import NoRecordsMatchError
from oaipmh.metadata import MetadataRegistry

registry = MetadataRegistry()
client = Client(sys.argv[1], registry)
client.updateGranularity()
for _, prefix in [(None, entry[0]) for entry in client.listMetadataFormats()]:
    registry.registerReader(prefix, lambda element: element)


def time(text, end):
    """pyoai sends whole seconds: a day is its first or its last."""
    if len(text) == 10:
        day = datetime.fromisoformat(text)
        return day + timedelta(days=1, seconds=-1) if end else day
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")


for line in sys.stdin:
    prefix, chosen, since, until = line.split()
    arguments = {"metadataPrefix": prefix}
    if chosen != "-":
        arguments["set"] = chosen
    if since != "-":
        arguments["from_"] = time(since, False)
    if until != "-":
        arguments["until"] = time(until, True)
    records = deleted = 0
    try:
        for header, _, _ in client.listRecords(**arguments):
            records += 1
            deleted += header.isDeleted()
    except NoRecordsMatchError:
        pass
    print(line.strip(), records, deleted)
