<%@ WebService Language="C#" Class="Pacs" %>
// Writes what it receives to received.jsonl and answers as reply.txt says, both in the folder INTEROP_FOLDER.
using System;
using System.IO;
using System.Text;
using System.Web.Services;
using System.Web.Services.Protocols;

[WebService(Namespace = "http://pacs.example/asmx")]
public class Pacs : WebService {
    [WebMethod] public string SynCrisisInfo(string inputString) { return Answer("SynCrisisInfo", inputString); }

    [WebMethod] public string SynCrisisResponseInfo(string req) { return Answer("SynCrisisResponseInfo", req); }

    static string Answer(string operation, string document) {
        var folder = Environment.GetEnvironmentVariable("INTEROP_FOLDER");
        var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(document));
        File.AppendAllText(Path.Combine(folder, "received.jsonl"), "Pacs.asmx " + operation + " " + text + "\n");
        var reply = File.ReadAllText(Path.Combine(folder, "reply.txt")).Split(' ');
        var value = Encoding.UTF8.GetString(Convert.FromBase64String(reply[reply.Length - 1]));
        if (reply[0] == "value") return value;
        throw new SoapException(value, reply[1] == "Client" ? SoapException.ClientFaultCode : SoapException.ServerFaultCode);
    }
}
