import crisis.Crisis;
import crisis.CrisisServiceLocator;
import java.net.URL;
import java.util.Base64;
import javax.xml.namespace.QName;
import javax.xml.rpc.ParameterMode;
import org.apache.axis.AxisFault;
import org.apache.axis.client.Call;
import org.apache.axis.encoding.XMLType;
import org.apache.axis.soap.SOAPConstants;

/**
 * Calls a service with Axis 1.4: `stub` by what WSDL2Java made of its WSDL, `rpc` by a Call put together by hand, as
 * RPC/encoded. Arguments: WSDL, SOAP version, stub or rpc; calls and answers are lines.
 */
public class AxisClient {
    public static void main(String[] args) throws Exception {
        URL address = new URL(args[0].replaceFirst("\\?.*", ""));
        boolean rpc = args[2].equals("rpc");
        Crisis stub = new CrisisServiceLocator().getCrisisSoap(address);
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] call = line.split(" ", -1);
            String argument = new String(Base64.getDecoder().decode(call[1]), "UTF-8");
            boolean crisis = call[0].equals("SynCrisisInfo");
            try {
                String value = rpc
                    ? call(address, args[1], call[0], crisis ? "inputString" : "req", argument)
                    : crisis ? stub.synCrisisInfo(argument) : stub.synCrisisResponseInfo(argument);
                System.out.println(value == null ? "null" : "value " + encoded(value));
            } catch (AxisFault fault) {
                String code = fault.getFaultCode().getLocalPart();
                System.out.println("fault " + encoded(code) + " " + encoded(fault.getFaultString()));
            }
        }
    }

    private static String call(URL address, String version, String operation, String parameter, String argument)
        throws Exception {
        Call call = (Call) new org.apache.axis.client.Service().createCall();
        if (version.equals("1.2")) call.setSOAPVersion(SOAPConstants.SOAP12_CONSTANTS);
        call.setTargetEndpointAddress(address);
        call.setOperationName(new QName("urn:hospital-flows:crisis", operation));
        call.addParameter(parameter, XMLType.XSD_STRING, ParameterMode.IN);
        call.setReturnType(XMLType.XSD_STRING);
        return (String) call.invoke(new Object[] { argument });
    }

    private static String encoded(String text) throws Exception {
        return Base64.getEncoder().encodeToString(text.getBytes("UTF-8"));
    }
}
