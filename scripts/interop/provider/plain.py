"""Lists of a provider, counted from its pages by hand.

plain.py URL questions   writes what is to be asked: PREFIX SET FROM UNTIL, a hyphen for none
plain.py URL             answers questions: PREFIX SET FROM UNTIL RECORDS DELETED
"""
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET

OAI = "{http://www.openarchives.org/OAI/2.0/}"


def ask(url, **arguments):
    with urllib.request.urlopen(url + "?" + urllib.parse.urlencode(arguments)) as answer:
        return ET.fromstring(answer.read())


def headers(url, prefix, chosen, since, until):
    arguments = {"metadataPrefix": prefix, "set": chosen, "from": since, "until": until}
    arguments = {name: value for name, value in arguments.items() if value != "-"}
    page = ask(url, verb="ListRecords", **arguments)
    error = page.find(OAI + "error")
    if error is not None:
        assert error.get("code") == "noRecordsMatch", ET.tostring(error)
        return
    while True:
        assert page.find(OAI + "error") is None, ET.tostring(page)
        yield from page.iter(OAI + "header")
        token = page.find(f"{OAI}ListRecords/{OAI}resumptionToken")
        if token is None or not token.text:
            return
        page = ask(url, verb="ListRecords", resumptionToken=token.text)


def questions(url):
    prefixes = [e.text for e in ask(url, verb="ListMetadataFormats").iter(OAI + "metadataPrefix")]
    sets = [e.text for e in ask(url, verb="ListSets").iter(OAI + "setSpec")]
    stamps = sorted(h.find(OAI + "datestamp").text for h in headers(url, "oai_dc", "-", "-", "-"))
    middle, first = stamps[len(stamps) // 2], stamps[0]
    for prefix in prefixes:
        yield prefix, "-", "-", "-"
        yield prefix, sets[-1], "-", "-"
    for chosen in sets:
        yield "oai_dc", chosen, "-", "-"
    for since, until in [(middle, "-"), ("-", middle), (first, first), (middle, stamps[-1]), (first[:10], "-"), (first[:10], stamps[-1][:10])]:
        yield "oai_dc", "-", since, until
        yield "jats", sets[0], since, until


if __name__ == "__main__":
    url = sys.argv[1]
    if len(sys.argv) > 2:
        for question in questions(url):
            print(*question)
    else:
        for line in sys.stdin:
            found = list(headers(url, *line.split()))
            deleted = sum(header.get("status") == "deleted" for header in found)
            print(line.strip(), len(found), deleted)
