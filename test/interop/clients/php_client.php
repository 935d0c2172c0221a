<?php
// Calls a service by its WSDL with PHP's SoapClient. Reads the calls as JSON from stdin, prints the answers as JSON.
$asked = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$client = new SoapClient($asked['wsdl'], [
    'soap_version' => $asked['version'] === '1.2' ? SOAP_1_2 : SOAP_1_1,
    'cache_wsdl' => WSDL_CACHE_NONE,
]);
$answers = [];
foreach ($asked['calls'] as $call) {
    try {
        $reply = $client->__soapCall($call['operation'], [[$call['parameter'] => $call['argument']]]);
        $answers[] = ['value' => $reply->return ?? null];
    } catch (SoapFault $fault) {
        $answers[] = ['fault' => ['code' => $fault->faultcode, 'text' => $fault->faultstring]];
    }
}
echo json_encode($answers, JSON_THROW_ON_ERROR);
