import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;

/**
 * Writes what is received to received.jsonl as a line of path, operation and the argument in Base64, and tells what to
 * answer by reply.txt, both in the folder INTEROP_FOLDER.
 */
class Interop {
    /** What to answer: `value <text>` or `fault <code> <text>`, the text plain again. */
    static String[] answer(String path, String operation, String argument) {
        try {
            Path folder = Path.of(System.getenv("INTEROP_FOLDER"));
            String text = Base64.getEncoder().encodeToString(argument.getBytes("UTF-8"));
            String line = path + " " + operation + " " + text + "\n";
            Files.writeString(folder.resolve("received.jsonl"), line, StandardOpenOption.APPEND);
            String[] reply = Files.readString(folder.resolve("reply.txt")).split(" ", -1);
            int last = reply.length - 1;
            reply[last] = new String(Base64.getDecoder().decode(reply[last]), "UTF-8");
            return reply;
        } catch (java.io.IOException error) {
            throw new IllegalStateException(error);
        }
    }
}
