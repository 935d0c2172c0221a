# Calls a service by its WSDL with SOAP::Lite. Reads the calls as JSON from stdin, prints the answers as JSON.
use strict;
use warnings;
use JSON::PP;
use SOAP::Lite;

my $asked = decode_json(do { local $/; <STDIN> });
# Of the class: what a single object is told reaches its envelopes only in part.
SOAP::Lite->soapversion($asked->{version});
my $service = SOAP::Lite->service($asked->{wsdl});
$service->want_som(1);
my @answers;
for my $call (@{ $asked->{calls} }) {
    my $operation = $call->{operation};
    my $reply = $service->$operation($call->{argument});
    if ($reply->fault) {
        # SOAP::Lite knows the Fault of SOAP 1.1 only by name.
        my $code = $reply->faultcode // $reply->valueof('//Fault/Code/Value');
        my $text = $reply->faultstring // $reply->valueof('//Fault/Reason/Text');
        push @answers, { fault => { code => $code, text => $text } };
    }
    else {
        push @answers, { value => scalar $reply->result };
    }
}
print JSON::PP->new->ascii->encode(\@answers);
