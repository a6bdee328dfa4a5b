# Questions answered by HTTP::OAI.
use strict;
use warnings;
use HTTP::OAI;

my $client = HTTP::OAI::Harvester->new(baseURL => $ARGV[0]);
while (my $line = <STDIN>) {
    chomp $line;
    my ($prefix, $set, $from, $until) = split ' ', $line;
    my %arguments = (metadataPrefix => $prefix);
    $arguments{set}   = $set   if $set ne '-';
    $arguments{from}  = $from  if $from ne '-';
    $arguments{until} = $until if $until ne '-';
    my ($records, $deleted) = (0, 0);
    my $list = $client->ListRecords(%arguments);
    while (my $record = $list->next) {
        $records++;
        $deleted++ if $record->is_deleted;
    }
    if ($list->is_error) {
        my @codes = map { $_->code } $list->errors;
        die "$line: " . $list->message . "\n" unless grep { $_ eq 'noRecordsMatch' } @codes;
    }
    print "$line $records $deleted\n";
}
