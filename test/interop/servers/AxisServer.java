import java.net.InetAddress;
import java.net.ServerSocket;
import org.apache.axis.AxisFault;
import org.apache.axis.transport.http.SimpleAxisServer;

/** Hosts both operations with Axis 1.4 as server-config.wsdd in its folder says, and prints its port. */
public class AxisServer {
    public static class Encoded {
        public String SynCrisisInfo(String document) throws AxisFault {
            return answer("axis/services/encoded", "SynCrisisInfo", document);
        }

        public String SynCrisisResponseInfo(String document) throws AxisFault {
            return answer("axis/services/encoded", "SynCrisisResponseInfo", document);
        }
    }

    public static class Wrapped {
        public String SynCrisisInfo(String document) throws AxisFault {
            return answer("axis/services/wrapped", "SynCrisisInfo", document);
        }

        public String SynCrisisResponseInfo(String document) throws AxisFault {
            return answer("axis/services/wrapped", "SynCrisisResponseInfo", document);
        }
    }

    static String answer(String path, String operation, String document) throws AxisFault {
        String[] reply = Interop.answer(path, operation, document);
        if (reply[0].equals("value")) return reply[1];
        throw new AxisFault(reply[1], reply[2], null, null);
    }

    public static void main(String[] args) throws Exception {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        SimpleAxisServer server = new SimpleAxisServer();
        server.setServerSocket(socket);
        server.start();
        System.out.println("listening " + socket.getLocalPort());
    }
}
