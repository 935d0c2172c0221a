# Calls a service by its WSDL with soap4r. Arguments: WSDL; calls and answers are lines.
require 'soap/wsdlDriver'

# soap4r is older than this REXML, which loses the beginning of a text that is told its charset anew.
class XSD::XMLParser::REXMLParser
  def do_parse(text)
    REXML::Document.parse_stream(text.dup.force_encoding('UTF-8'), self)
  end
end

$stderr.reopen(File::NULL)
driver = SOAP::WSDLDriverFactory.new(ARGV[0]).create_rpc_driver(nil, 'CrisisSoap')
PARAMETERS = { 'SynCrisisInfo' => :inputString, 'SynCrisisResponseInfo' => :req }.freeze
encoded = ->(text) { [text.to_s].pack('m0') }

$stdin.each_line(chomp: true) do |line|
  operation, base64 = line.split(' ', 2)
  argument = base64.to_s.unpack1('m').force_encoding('UTF-8')
  begin
    value = driver.public_send(operation, PARAMETERS[operation] => argument)['return']
    puts value.nil? ? 'null' : "value #{encoded[value]}"
  rescue SOAP::FaultError => error
    puts "fault #{encoded[error.faultcode.data]} #{encoded[error.faultstring.data]}"
  rescue SOAP::HTTPStreamError => error
    # It reads a Fault under HTTP 500 only.
    puts "fault #{encoded['HTTP']} #{encoded[error.message]}"
  end
end
