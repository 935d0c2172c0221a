// Calls a service by the client that svcutil makes of our WSDL, as it is made. Arguments: WSDL, SOAP version; calls and
// answers are lines.
using System;
using System.Net;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;

static class SvcutilClient {
    static string Encoded(string text) { return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)); }

    static void Main(string[] args) {
        var quotas = System.Xml.XmlDictionaryReaderQuotas.Max;
        Binding binding = new BasicHttpBinding { MaxReceivedMessageSize = 1 << 24, ReaderQuotas = quotas };
        if (args[1] == "1.2")
            binding = new CustomBinding(
                new TextMessageEncodingBindingElement(MessageVersion.CreateVersion(EnvelopeVersion.Soap12, AddressingVersion.None), Encoding.UTF8),
                new HttpTransportBindingElement { MaxReceivedMessageSize = 1 << 24 });
        var service = new CrisisClient(binding, new EndpointAddress(args[0].Split('?')[0]));
        for (string line; (line = Console.ReadLine()) != null; ) {
            var call = line.Split(' ');
            var argument = Encoding.UTF8.GetString(Convert.FromBase64String(call[1]));
            try {
                var value = call[0] == "SynCrisisInfo" ? service.SynCrisisInfo(argument) : service.SynCrisisResponseInfo(argument);
                Console.WriteLine(value == null ? "null" : "value " + Encoded(value));
            } catch (FaultException fault) {
                Console.WriteLine("fault " + Encoded(fault.Code.Name) + " " + Encoded(fault.Message));
            } catch (WebException error) {
                // It reads a Fault under HTTP 500 only.
                Console.WriteLine("fault " + Encoded("HTTP") + " " + Encoded(error.Message));
            }
        }
    }
}
