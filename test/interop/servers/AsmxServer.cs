// Hosts Pacs.asmx in an ASP.NET of its own, and prints its port.
using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Web;
using System.Web.Hosting;

/** What ASP.NET asks of one request. */
class Request : SimpleWorkerRequest {
    readonly HttpListenerContext context;
    readonly byte[] body;
    readonly MemoryStream reply = new MemoryStream();

    public Request(HttpListenerContext context)
        : base(context.Request.Url.AbsolutePath.TrimStart('/'), context.Request.Url.Query.TrimStart('?'), TextWriter.Null) {
        this.context = context;
        var read = new MemoryStream();
        context.Request.InputStream.CopyTo(read);
        body = read.ToArray();
    }

    public override string GetHttpVerbName() { return context.Request.HttpMethod; }
    public override string GetServerName() { return "127.0.0.1"; }
    public override int GetLocalPort() { return context.Request.LocalEndPoint.Port; }
    public override byte[] GetPreloadedEntityBody() { return body; }
    public override bool IsEntireEntityBodyIsPreloaded() { return true; }
    public override string GetKnownRequestHeader(int index) { return context.Request.Headers[GetKnownRequestHeaderName(index)]; }
    public override string GetUnknownRequestHeader(string name) { return context.Request.Headers[name]; }
    public override void SendStatus(int code, string description) { context.Response.StatusCode = code; }
    public override void SendKnownResponseHeader(int index, string value) {
        if (index == HeaderContentType) context.Response.ContentType = value;
    }
    public override void SendUnknownResponseHeader(string name, string value) {}
    public override void SendResponseFromMemory(byte[] data, int length) { reply.Write(data, 0, length); }
    public override void FlushResponse(bool last) {}
    public override void EndOfRequest() {
        context.Response.ContentLength64 = reply.Length;
        reply.WriteTo(context.Response.OutputStream);
        context.Response.Close();
    }
}

class AsmxServer : MarshalByRefObject {
    public override object InitializeLifetimeService() { return null; }

    static int FreePort() {
        var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return port;
    }

    public void Serve() {
        var port = FreePort();
        var listener = new HttpListener();
        listener.Prefixes.Add("http://127.0.0.1:" + port + "/");
        listener.Start();
        Console.WriteLine("listening " + port);
        for (;;) {
            var context = listener.GetContext();
            ThreadPool.QueueUserWorkItem(_ => HttpRuntime.ProcessRequest(new Request(context)));
        }
    }

    static void Main() {
        var host = (AsmxServer)ApplicationHost.CreateApplicationHost(typeof(AsmxServer), "/", Environment.CurrentDirectory);
        host.Serve();
    }
}
