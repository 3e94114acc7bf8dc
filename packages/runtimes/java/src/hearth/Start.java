package hearth;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;

/** Starts AWS's runtime interface client with the handler that the environment names, which a wrapper may have changed. */
public final class Start {
    private Start() {}

    public static void main(String[] arguments) throws Throwable {
        RuntimeSocket.begin();
        String handler = System.getenv("_HANDLER");
        AWSLambda.main(new String[] {handler == null ? "" : handler});
    }
}
