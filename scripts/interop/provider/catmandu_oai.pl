# Questions answered by Catmandu::OAI.
use strict;
use warnings;
use Catmandu::Importer::OAI;

while (my $line = <STDIN>) {
    chomp $line;
    my ($prefix, $set, $from, $until) = split ' ', $line;
    my %arguments = (url => $ARGV[0], metadataPrefix => $prefix, handler => 'raw');
    $arguments{set}   = $set   if $set ne '-';
    $arguments{from}  = $from  if $from ne '-';
    $arguments{until} = $until if $until ne '-';
    my ($records, $deleted) = (0, 0);
    Catmandu::Importer::OAI->new(%arguments)->each(sub {
        $records++;
        $deleted++ if ($_[0]->{_status} // '') eq 'deleted';
    });
    print "$line $records $deleted\n";
}
