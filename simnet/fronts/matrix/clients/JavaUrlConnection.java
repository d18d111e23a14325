// Java's HttpURLConnection, as tutorials use it (a time-out of 0 is none; getInputStream throws for a status of 400 and
// more); and with time-outs, tries, and the property that keeps it from sending a POST again (Networking Properties).

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

public class JavaUrlConnection {
    static byte[] ask(String url, String body, int timeout) throws IOException {
        var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
        connection.setConnectTimeout(timeout);
        connection.setReadTimeout(timeout);
        if (body != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        try (var reply = connection.getInputStream()) {
            return reply.readAllBytes();
        }
    }

    public static void main(String[] words) throws Exception {
        Calls.main(words, (url, body) -> ask(url, body, 0), (url, body) -> ask(url, body, 1500));
    }
}
