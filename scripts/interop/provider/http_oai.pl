# Questions answered by HTTP::OAI, which hands out records as they come.
use strict;
use warnings;
use HTTP::OAI;

my $client = HTTP::OAI::Harvester->new(baseURL => $ARGV[0]);
while (my $line = <STDIN>) {
    chomp $line;
    my ($prefix, $set, $from, $until) = split ' ', $line;
    my ($records, $deleted) = (0, 0);
    my %arguments = (metadataPrefix => $prefix, onRecord => sub {
        $records++;
        $deleted++ if $_[0]->is_deleted;
    });
    $arguments{set}   = $set   if $set ne '-';
    $arguments{from}  = $from  if $from ne '-';
    $arguments{until} = $until if $until ne '-';
    my $list = $client->ListRecords(%arguments);
    if ($list->is_error) {
        my @codes = map { $_->code } $list->errors;
        die "$line: " . $list->message . "\n" unless grep { $_ eq 'noRecordsMatch' } @codes;
    }
    print "$line $records $deleted\n";
}
