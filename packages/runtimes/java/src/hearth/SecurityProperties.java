package hearth;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import java.security.Security;

/**
 * AWS's runtime interface client calls this in the place of `Security.setProperty`, with values that are the same for nearly every function. They are in the image's
 * java.security, because setting one costs 30 ms of each start: Java looks for a logger of such events.
 */
public final class SecurityProperties {
    private static boolean isMakingImage;

    private SecurityProperties() {}

    /** Prints the lines that java.security needs, while an image is made. */
    public static void main(String[] arguments) throws ClassNotFoundException {
        isMakingImage = true;
        Class.forName(AWSLambda.class.getName());
    }

    public static void setProperty(String name, String value) {
        if (isMakingImage) System.out.println(name + "=" + value);
        else if (isChosenByFunction()) Security.setProperty(name, value);
    }

    /** The function has security properties of its own, or another lifetime of failed look-ups of names. */
    private static boolean isChosenByFunction() {
        return System.getProperty("java.security.properties") != null
                || System.getenv("AWS_LAMBDA_JAVA_NETWORKADDRESS_CACHE_NEGATIVE_TTL") != null;
    }
}
