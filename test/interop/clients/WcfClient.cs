// Calls a service by WCF's BasicHttpBinding or, for SOAP 1.2, its like. The contract is written by hand from our WSDL,
// since the svcutil of Mono leaves the messages out of what it makes. Arguments: WSDL, SOAP version; calls and answers
// are lines.
using System;
using System.Net;
using System.ServiceModel;
using System.ServiceModel.Channels;
using System.Text;

[ServiceContract(Namespace = "urn:hospital-flows:crisis")]
public interface ICrisis {
    [OperationContract(Action = "", ReplyAction = "*")]
    CrisisResponse SynCrisisInfo(Crisis request);

    [OperationContract(Action = "", ReplyAction = "*")]
    FeedbackResponse SynCrisisResponseInfo(Feedback request);
}

[MessageContract(WrapperName = "SynCrisisInfo", WrapperNamespace = "urn:hospital-flows:crisis")]
public class Crisis {
    [MessageBodyMember(Name = "inputString", Namespace = "")] public string Text;
}

[MessageContract(WrapperName = "SynCrisisInfoResponse", WrapperNamespace = "urn:hospital-flows:crisis")]
public class CrisisResponse {
    [MessageBodyMember(Name = "return", Namespace = "")] public string Text;
}

[MessageContract(WrapperName = "SynCrisisResponseInfo", WrapperNamespace = "urn:hospital-flows:crisis")]
public class Feedback {
    [MessageBodyMember(Name = "req", Namespace = "")] public string Text;
}

[MessageContract(WrapperName = "SynCrisisResponseInfoResponse", WrapperNamespace = "urn:hospital-flows:crisis")]
public class FeedbackResponse {
    [MessageBodyMember(Name = "return", Namespace = "")] public string Text;
}

static class WcfClient {
    static string Encoded(string text) { return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)); }

    static void Main(string[] args) {
        var quotas = System.Xml.XmlDictionaryReaderQuotas.Max;
        Binding binding = new BasicHttpBinding { MaxReceivedMessageSize = 1 << 24, ReaderQuotas = quotas };
        if (args[1] == "1.2")
            binding = new CustomBinding(
                new TextMessageEncodingBindingElement(MessageVersion.CreateVersion(EnvelopeVersion.Soap12, AddressingVersion.None), Encoding.UTF8),
                new HttpTransportBindingElement { MaxReceivedMessageSize = 1 << 24 });
        var service = new ChannelFactory<ICrisis>(binding, new EndpointAddress(args[0].Split('?')[0])).CreateChannel();
        for (string line; (line = Console.ReadLine()) != null; ) {
            var call = line.Split(' ');
            var argument = Encoding.UTF8.GetString(Convert.FromBase64String(call[1]));
            try {
                var value = call[0] == "SynCrisisInfo"
                    ? service.SynCrisisInfo(new Crisis { Text = argument }).Text
                    : service.SynCrisisResponseInfo(new Feedback { Text = argument }).Text;
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
