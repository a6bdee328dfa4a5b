"""Questions answered by oaipmh-scythe."""
import sys

from oaipmh_scythe import Scythe
from oaipmh_scythe.exceptions import NoRecordsMatch
from questions import answer

with Scythe(sys.argv[1]) as client:
    answer(("metadata_prefix", "set_", "from_", "until"), client.list_records, NoRecordsMatch)
