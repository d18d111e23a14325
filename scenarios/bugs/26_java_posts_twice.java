/** One POST by HttpURLConnection. */
class PostsTwice {
    public static void main(String[] arguments) throws Exception {
        var url = new java.net.URL(System.getenv("SIMNET_API_URL") + "/orders");
        var connection = (java.net.HttpURLConnection) url.openConnection();
        connection.setDoOutput(true);
        connection.getOutputStream().write("cart=1".getBytes());
        try {
            System.out.println("status " + connection.getResponseCode());
        } catch (java.io.IOException error) {
            System.out.println(error);
        }
    }
}
