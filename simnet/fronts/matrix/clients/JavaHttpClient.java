// Java's java.net.http.HttpClient, by the first example of its documentation; and with time-outs, tries, status checked.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

public class JavaHttpClient {
    static final HttpClient PLAIN = HttpClient.newHttpClient();
    static final HttpClient CAREFUL = HttpClient.newBuilder().connectTimeout(Duration.ofMillis(1500)).build();

    static HttpRequest.Builder request(String url, String body) {
        var request = HttpRequest.newBuilder(URI.create(url));
        return body == null ? request : request.POST(BodyPublishers.ofString(body));
    }

    static byte[] plain(String url, String body) throws Exception {
        return PLAIN.send(request(url, body).build(), BodyHandlers.ofByteArray()).body();
    }

    static byte[] careful(String url, String body) throws Exception {
        var asked = request(url, body).timeout(Duration.ofMillis(1500)).build();
        HttpResponse<byte[]> reply = CAREFUL.send(asked, BodyHandlers.ofByteArray());
        if (reply.statusCode() >= 400) {
            throw new Calls.StatusException(reply.statusCode());
        }
        return reply.body();
    }

    public static void main(String[] words) throws Exception {
        Calls.main(words, JavaHttpClient::plain, JavaHttpClient::careful);
    }
}
