<?php
// Hosts both operations with PHP's SoapServer, in one style at each path. Writes what it receives to received.jsonl
// and answers as reply.json says, both in the folder INTEROP_FOLDER.
$folder = getenv('INTEROP_FOLDER');
$name = trim($_SERVER['SCRIPT_NAME'], '/');
$address = "http://{$_SERVER['HTTP_HOST']}/$name";
$soap11 = ['{soap}' => 'http://schemas.xmlsoap.org/wsdl/soap/', '{form}' => 'unqualified'];
$soap12 = ['{soap}' => 'http://schemas.xmlsoap.org/wsdl/soap12/'];
$encoded = 'use="encoded" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"';
[$file, $places, $version] = match ($name) {
    'document' => ['document.wsdl', $soap11, SOAP_1_1],
    'document-1.2' => ['document.wsdl', $soap12 + $soap11, SOAP_1_2],
    'document-qualified' => ['document.wsdl', ['{form}' => 'qualified'] + $soap11, SOAP_1_1],
    'rpc-encoded' => ['rpc.wsdl', ['{body}' => $encoded], SOAP_1_1],
    'rpc-literal' => ['rpc.wsdl', ['{body}' => 'use="literal"'], SOAP_1_1],
    // Without a WSDL, PHP takes RPC style under any namespace.
    'no-wsdl' => [null, [], SOAP_1_1],
};
$wsdl = $file ? strtr(file_get_contents(__DIR__ . "/$file"), $places + ['{address}' => $address]) : null;
if ($_SERVER['REQUEST_METHOD'] === 'GET' && $wsdl !== null) {
    header('Content-Type: text/xml; charset=utf-8');
    echo $wsdl;
    return;
}

class Pacs
{
    public function __construct(private string $folder, private string $path)
    {
    }

    public function __call(string $operation, array $arguments): mixed
    {
        // Document style hands over one object with the argument in it, RPC the argument itself.
        $document = is_object($arguments[0]);
        $received = [
            'path' => $this->path,
            'operation' => $operation,
            'argument' => $document ? $arguments[0]->arg0 : $arguments[0],
        ];
        file_put_contents("$this->folder/received.jsonl", json_encode($received) . "\n", FILE_APPEND);
        $reply = json_decode(file_get_contents("$this->folder/reply.json"), true);
        if (isset($reply['fault'])) {
            throw new SoapFault($reply['fault']['code'], $reply['fault']['text']);
        }
        return $document ? ['out' => $reply['value']] : $reply['value'];
    }
}

$options = ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE];
$server = $wsdl === null
    ? new SoapServer(null, $options + ['uri' => 'http://pacs.example/no-wsdl'])
    : new SoapServer('data://text/xml;base64,' . base64_encode($wsdl), $options);
$server->setObject(new Pacs($folder, $name));
$server->handle();
