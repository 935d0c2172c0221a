import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import javax.jws.WebService;
import javax.jws.WebMethod;
import javax.jws.soap.SOAPBinding;
import javax.xml.namespace.QName;
import javax.xml.soap.SOAPFactory;
import javax.xml.ws.BindingType;
import javax.xml.ws.Endpoint;
import javax.xml.ws.soap.SOAPFaultException;

/** Hosts both operations with JAX-WS, named as it names by itself, in one style at each path, and prints its port. */
public class JaxwsServer {
    static final String NAMESPACE = "http://pacs.example/jaxws";

    /** Its namespace is another than that of the service, which JAX-WS describes in a WSDL of its own. */
    @WebService(targetNamespace = NAMESPACE)
    public interface Pacs {
        @WebMethod(operationName = "SynCrisisInfo")
        String crisis(String document);

        @WebMethod(operationName = "SynCrisisResponseInfo")
        String feedback(String document);
    }

    @WebService(endpointInterface = "JaxwsServer$Pacs", targetNamespace = "http://pacs.example/service")
    public static class Document implements Pacs {
        public String crisis(String document) {
            return answer("jaxws", "SynCrisisInfo", document, "http://schemas.xmlsoap.org/soap/envelope/");
        }

        public String feedback(String document) {
            return answer("jaxws", "SynCrisisResponseInfo", document, "http://schemas.xmlsoap.org/soap/envelope/");
        }
    }

    /** The binding is that of the RI, which publishes no WSDL for the one of the specification. */
    @WebService(targetNamespace = NAMESPACE)
    @BindingType("http://java.sun.com/xml/ns/jaxws/2003/05/soap/bindings/HTTP/")
    public static class Document12 {
        @WebMethod(operationName = "SynCrisisInfo")
        public String crisis(String document) {
            return answer("jaxws-1.2", "SynCrisisInfo", document, "http://www.w3.org/2003/05/soap-envelope");
        }

        @WebMethod(operationName = "SynCrisisResponseInfo")
        public String feedback(String document) {
            return answer("jaxws-1.2", "SynCrisisResponseInfo", document, "http://www.w3.org/2003/05/soap-envelope");
        }
    }

    @WebService(targetNamespace = NAMESPACE)
    @SOAPBinding(style = SOAPBinding.Style.RPC)
    public static class Rpc {
        @WebMethod(operationName = "SynCrisisInfo", action = "urn:crisis")
        public String crisis(String document) {
            return answer("jaxws-rpc", "SynCrisisInfo", document, "http://schemas.xmlsoap.org/soap/envelope/");
        }

        @WebMethod(operationName = "SynCrisisResponseInfo", action = "urn:feedback")
        public String feedback(String document) {
            return answer("jaxws-rpc", "SynCrisisResponseInfo", document, "http://schemas.xmlsoap.org/soap/envelope/");
        }
    }

    static String answer(String path, String operation, String document, String envelope) {
        String[] reply = Interop.answer(path, operation, document);
        if (reply[0].equals("value")) return reply[1];
        boolean soap12 = envelope.startsWith("http://www.w3.org");
        String code = !soap12 ? reply[1] : reply[1].equals("Client") ? "Sender" : "Receiver";
        try {
            var factory = SOAPFactory.newInstance(soap12 ? "SOAP 1.2 Protocol" : "SOAP 1.1 Protocol");
            throw new SOAPFaultException(factory.createFault(reply[2], new QName(envelope, code)));
        } catch (javax.xml.soap.SOAPException error) {
            throw new IllegalStateException(error);
        }
    }

    public static void main(String[] args) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        Endpoint.create(new Document()).publish(server.createContext("/jaxws"));
        Endpoint.create(new Document12()).publish(server.createContext("/jaxws-1.2"));
        Endpoint.create(new Rpc()).publish(server.createContext("/jaxws-rpc"));
        server.start();
        System.out.println("listening " + server.getAddress().getPort());
    }
}
