# Hosts both operations with SOAP::Lite, which publishes no WSDL, and prints its port. Writes what it receives to
# received.jsonl and answers as reply.json says, both in the folder INTEROP_FOLDER.
use strict;
use warnings;
use JSON::PP;
use SOAP::Lite;
use SOAP::Transport::HTTP;

package Pacs;

sub answer {
    my ($operation, $argument) = @_;
    my $folder = $ENV{INTEROP_FOLDER};
    open my $out, '>>', "$folder/received.jsonl" or die;
    print $out JSON::PP->new->ascii->encode({ path => 'lite', operation => $operation, argument => $argument }), "\n";
    close $out;
    open my $in, '<', "$folder/reply.json" or die;
    my $reply = JSON::PP::decode_json(do { local $/; <$in> });
    die SOAP::Fault->faultcode($reply->{fault}{code})->faultstring($reply->{fault}{text}) if $reply->{fault};
    return SOAP::Data->name('return')->type(string => $reply->{value});
}

sub SynCrisisInfo { return answer('SynCrisisInfo', $_[1]) }
sub SynCrisisResponseInfo { return answer('SynCrisisResponseInfo', $_[1]) }

package main;

my $server = SOAP::Transport::HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => 0);
$server->dispatch_with({ 'urn:hospital-flows:crisis' => 'Pacs' });
$| = 1;
printf "listening %d\n", $server->sockport;
$server->handle;
