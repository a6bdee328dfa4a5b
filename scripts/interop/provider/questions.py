"""Questions on stdin, PREFIX SET FROM UNTIL, answered by a client of Python: the same line with RECORDS DELETED."""
import sys


def answer(names, listed, none):
    """`names` are the client's own for the four arguments; `listed` gives its records, `none` is what it raises where
    there are none."""
    for line in sys.stdin:
        arguments = {name: value for name, value in zip(names, line.split()) if value != "-"}
        records = deleted = 0
        try:
            for record in listed(ignore_deleted=False, **arguments):
                records += 1
                deleted += record.deleted
        except none:
            pass
        print(line.strip(), records, deleted)
