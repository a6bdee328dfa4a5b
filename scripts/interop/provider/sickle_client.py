"""Questions answered by sickle."""
import sys

from questions import answer
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

answer(("metadataPrefix", "set", "from", "until"), Sickle(sys.argv[1]).ListRecords, NoRecordsMatch)
