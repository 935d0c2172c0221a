# Hosts both operations with soap4r, which publishes no WSDL, and prints its port. Writes what it receives to
# received.jsonl and answers as reply.txt says, both in the folder INTEROP_FOLDER.
require 'soap/wsdlDriver'
require 'soap/rpc/soaplet'
require 'webrick'

# soap4r is older than this REXML, which loses the beginning of a text that is told its charset anew.
class XSD::XMLParser::REXMLParser
  def do_parse(text)
    REXML::Document.parse_stream(text.dup.force_encoding('UTF-8'), self)
  end
end

class Pacs
  FOLDER = ENV.fetch('INTEROP_FOLDER')

  def crisis(document)
    answer('SynCrisisInfo', document)
  end

  def feedback(document)
    answer('SynCrisisResponseInfo', document)
  end

  private

  def answer(operation, document)
    File.write("#{FOLDER}/received.jsonl", "soap4r #{operation} #{[document].pack('m0')}\n", mode: 'a')
    kind, *rest = File.read("#{FOLDER}/reply.txt").split(' ', -1)
    text = rest.last.unpack1('m').force_encoding('UTF-8')
    return text if kind == 'value'

    fault = SOAP::SOAPFault.new(SOAP::SOAPElement.new(nil, rest.first), SOAP::SOAPString.new(text), SOAP::SOAPString.new(''))
    raise SOAP::FaultError, fault
  end
end

# soap4r's own server needs a Logger of older Rubies, so its servlet stands in WEBrick by itself.
router = SOAP::RPC::Router.new('Pacs')
router.mapping_registry = SOAP::Mapping::EncodedRegistry.new
{ 'SynCrisisInfo' => [:crisis, 'inputString'], 'SynCrisisResponseInfo' => [:feedback, 'req'] }.each do |name, (method, parameter)|
  parameters = SOAP::RPC::SOAPMethod.derive_rpc_param_def(Pacs, method, parameter)
  router.add_rpc_operation(Pacs.new, XSD::QName.new('http://pacs.example/soap4r', name), nil, method, parameters)
end
server = WEBrick::HTTPServer.new(BindAddress: '127.0.0.1', Port: 0, AccessLog: [], Logger: WEBrick::Log.new(File::NULL))
server.mount('/', SOAP::RPC::SOAPlet.new(router))
$stdout.sync = true
puts "listening #{server.listeners.first.addr[1]}"
server.start
