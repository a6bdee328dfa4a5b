"""`offprint.normalize`."""

import offprint
import pytest

DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Rates of spring growth</dc:title><dc:creator>Burnashev, Rustam</dc:creator>"
    "<dc:identifier>https://doi.org/10.5555/ABC</dc:identifier></oai_dc:dc>"
)


@pytest.mark.parametrize("xml", [DC, DC.encode()])
def test_metadata_alone(xml):
    article = offprint.normalize(xml)
    assert article["titles"][0]["value"] == "Rates of spring growth"
    assert article["contributors"][0]["family"] == "Burnashev"
    assert article["doi"] == "10.5555/abc"


def test_prefix_is_noted_in_the_provenance():
    assert offprint.normalize(DC, "qdc")["provenance"]["metadata_prefixes"] == ["qdc"]


def test_deleted_record():
    record = (
        '<record><header status="deleted"><identifier>oai:a:1</identifier><datestamp>2024-01-01</datestamp>'
        "</header></record>"
    )
    assert offprint.normalize(record)["status"] == "deleted"


@pytest.mark.parametrize("xml", ["", "<html><body/></html>", "no XML"])
def test_rejects_what_is_no_record(xml):
    with pytest.raises(offprint.ReadError):
        offprint.normalize(xml)
