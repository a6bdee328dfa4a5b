#!/bin/sh
# MARC by the Perl modules that Koha loads it with.
set -eu
. scripts/interop/lib.sh

need libmarc-record-perl perl -MMARC::Batch -e 1
need libmarc-xml-perl perl -MMARC::File::XML -e 1
sample_store
"$OFFPRINT" export marc --profile koha -o catalog.mrc --quiet
"$OFFPRINT" export marcxml --profile koha -o catalog.xml --quiet
# As bulkmarcimport.pl reads them: strictly, here.
for form in USMARC:catalog.mrc XML:catalog.xml; do
    MARC_FORM=${form%%:*} MARC_FILE=${form#*:} perl -MMARC::Batch -MMARC::File::XML=BinaryEncoding,utf8,RecordFormat,USMARC -e '
        my $batch = MARC::Batch->new($ENV{MARC_FORM}, $ENV{MARC_FILE});
        $batch->strict_on;
        my ($count, %ids) = 0;
        while (my $record = $batch->next) {
            $count++;
            my $id = $record->field("001")->data;
            die "$id comes twice\n" if $ids{$id}++;
            die "$id is marked as deleted\n" if substr($record->leader, 5, 1) eq "d";
            die "$id has no title\n" unless length $record->title;
            die "$id: ", join("; ", $record->warnings), "\n" if $record->warnings;
        }
        die join("\n", $batch->warnings), "\n" if $batch->warnings;
        die "$count records, not 265\n" unless $count == 265;
    ' || fail "MARC::Batch refuses ${form#*:}"
done
[ -s catalog.deleted.mrc ] || fail "no file of deletions"
result marc MARC::Batch "265 records, strictly, as Koha's bulkmarcimport.pl reads them"
result marcxml MARC::File::XML "265 records, strictly"
