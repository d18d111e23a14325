// Makes the calls that a command asks for: `java CLIENT plain|patient get|post|calls URL BODY`.
// One line of JSON on standard error for each call, as simnet/fronts/matrix/runner.py writes it for Python.

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;

public class Calls {
    /** Fetches if the body is null, else submits it. */
    public interface Call {
        byte[] ask(String url, String body) throws Exception;
    }

    /** The library leaves it to its user to look. */
    public static class StatusException extends IOException {
        private static final long serialVersionUID = 1;

        final int status;

        StatusException(int status) {
            super("status " + status);
            this.status = status;
        }
    }

    /** No repeat will change it; FileNotFoundException is what HttpURLConnection makes of 404 and 410. */
    static boolean definitive(IOException error) {
        if (error instanceof StatusException refused) {
            return refused.status < 500 && refused.status != 408 && refused.status != 425 && refused.status != 429;
        }
        return error instanceof FileNotFoundException;
    }

    static final int DEEPEST = 12;

    static String quoted(Object text) {
        var said = String.valueOf(text).replace("\\", "\\\\").replace("\"", "\\\"");
        return '"' + said.replaceAll("\\p{Cntrl}", " ") + '"';
    }

    static String causes(Throwable error) {
        var found = new ArrayList<String>();
        for (var each = error; each != null && found.size() < DEEPEST; each = each.getCause()) {
            var type = quoted(each.getClass().getName());
            found.add("{\"type\": " + type + ", \"errno\": \"\", \"message\": " + quoted(each.getMessage()) + "}");
        }
        return "[" + String.join(", ", found) + "]";
    }

    static boolean tell(String way, String url, String body, Call call) {
        var began = System.nanoTime();
        String outcome;
        var failed = false;
        try {
            var data = call.ask(url, way.equals("post") ? body : null);
            outcome = "\"data\": \"" + Base64.getEncoder().encodeToString(data) + '"';
        } catch (Exception error) {
            outcome = "\"error\": " + causes(error);
            failed = true;
        }
        var seconds = (System.nanoTime() - began) / 1e9;
        System.err.println("{\"call\": " + quoted(way) + ", \"seconds\": " + seconds + ", " + outcome + "}");
        return failed;
    }

    /** Trying again, which these libraries leave to their user: twice more, with a pause that doubles and jitter. */
    static Call patiently(Call once) {
        return (url, body) -> {
            for (int pause : body == null ? new int[] {100, 200} : new int[] {}) {
                try {
                    return once.ask(url, body);
                } catch (IOException failed) {
                    if (definitive(failed)) {
                        throw failed;
                    }
                    Thread.sleep((long) (pause * (1 + Math.random())));
                }
            }
            return once.ask(url, body);
        };
    }

    static void main(String[] words, Call plain, Call patient) throws InterruptedException {
        var call = words[0].equals("plain") ? plain : patiently(patient);
        var failed = tell(words[1].equals("calls") ? "get" : words[1], words[2], words[3], call);
        if (words[1].equals("calls")) {
            Thread.sleep(500);
            failed |= tell("post", words[2], words[3], call);
        }
        System.exit(failed ? 1 : 0); // HttpClient's own threads would keep the process alive
    }
}
