import crisis.Crisis;
import crisis.CrisisService;
import java.net.URL;
import java.util.Base64;
import javax.xml.ws.WebServiceException;
import javax.xml.ws.soap.SOAPFaultException;

/** Calls a service by its WSDL with what wsimport made of it. Arguments: WSDL, SOAP version; calls and answers are lines. */
public class JaxwsClient {
    public static void main(String[] args) throws Exception {
        CrisisService service = new CrisisService(new URL(args[0]));
        Crisis port = args[1].equals("1.2") ? service.getCrisisSoap12() : service.getCrisisSoap();
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] call = line.split(" ", -1);
            String argument = new String(Base64.getDecoder().decode(call[1]), "UTF-8");
            try {
                String value = call[0].equals("SynCrisisInfo")
                    ? port.synCrisisInfo(argument)
                    : port.synCrisisResponseInfo(argument);
                System.out.println(value == null ? "null" : "value " + encoded(value));
            } catch (SOAPFaultException error) {
                var fault = error.getFault();
                System.out.println("fault " + encoded(fault.getFaultCode()) + " " + encoded(fault.getFaultString()));
            } catch (WebServiceException error) {
                // It reads a Fault under HTTP 500 only.
                System.out.println("fault " + encoded("HTTP") + " " + encoded(error.getMessage()));
            }
        }
    }

    private static String encoded(String text) throws Exception {
        return Base64.getEncoder().encodeToString(text.getBytes("UTF-8"));
    }
}
