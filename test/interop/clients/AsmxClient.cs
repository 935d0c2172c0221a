// Calls a service with what wsdl.exe made of its WSDL, as clients of ASMX do. Arguments: WSDL; calls and answers are
// lines.
using System;
using System.Net;
using System.Text;
using System.Web.Services.Protocols;

static class AsmxClient {
    static string Encoded(string text) { return Convert.ToBase64String(Encoding.UTF8.GetBytes(text)); }

    static void Main(string[] args) {
        var service = new CrisisService { Url = args[0].Split('?')[0] };
        for (string line; (line = Console.ReadLine()) != null; ) {
            var call = line.Split(' ');
            var argument = Encoding.UTF8.GetString(Convert.FromBase64String(call[1]));
            try {
                var value = call[0] == "SynCrisisInfo" ? service.SynCrisisInfo(argument) : service.SynCrisisResponseInfo(argument);
                Console.WriteLine(value == null ? "null" : "value " + Encoded(value));
            } catch (SoapException fault) {
                Console.WriteLine("fault " + Encoded(fault.Code.Name) + " " + Encoded(fault.Message));
            } catch (WebException error) {
                // Of SOAP 1.2 it reads a Fault under HTTP 500 only.
                Console.WriteLine("fault " + Encoded("HTTP") + " " + Encoded(error.Message));
            }
        }
    }
}
