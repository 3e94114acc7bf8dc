package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The function of the behaviour suite in Java: the event's `do` says what it does. packages/testkit/src/languages.ts has its answers. */
public class Functions implements RequestHandler<Map<String, Object>, Object> {
    private int count = 0;

    @Override
    public Object handleRequest(Map<String, Object> event, Context context) {
        try {
            return act(event, context);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new RuntimeException(e);
        }
    }

    private Object act(Map<String, Object> event, Context context) throws Exception {
        switch (String.valueOf(event.get("do"))) {
            case "echo":
                return event.get("value");
            case "nothing":
                return null;
            case "text":
                char[] text = new char[((Number) event.get("size")).intValue()];
                Arrays.fill(text, 'x');
                return new String(text);
            case "count":
                return ++count;
            case "context":
                return described(context);
            case "environment":
                Map<String, Object> found = new HashMap<>();
                found.put("variables", System.getenv());
                found.put("folder", System.getProperty("user.dir"));
                return found;
            case "fail":
                throw new IllegalStateException("as asked: ü");
            case "exit":
                System.exit(((Number) event.get("status")).intValue());
                return null;
            case "wait":
                Thread.sleep(((Number) event.get("ms")).longValue());
                return "waited";
            case "log":
                log(context.getLogger());
                return null;
            case "layer":
                return new String(Files.readAllBytes(Paths.get("/opt/data/text.txt")), "UTF-8");
            case "library":
                try (java.io.InputStream resource = Thread.currentThread().getContextClassLoader().getResourceAsStream("fromlayer.txt")) {
                    return new java.util.Scanner(resource, "UTF-8").nextLine();
                }
            case "door":
                URL url = new URL("http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/nothing");
                return ((HttpURLConnection) url.openConnection()).getResponseCode();
            case "draw":
                return drawnWidth();
            case "machine":
                return machine();
            default:
                throw new IllegalArgumentException("unknown: " + event.get("do"));
        }
    }

    private static Map<String, Object> described(Context context) {
        Map<String, Object> found = new HashMap<>();
        found.put("requestId", context.getAwsRequestId());
        found.put("functionName", context.getFunctionName());
        found.put("functionVersion", context.getFunctionVersion());
        found.put("arn", context.getInvokedFunctionArn());
        found.put("memory", context.getMemoryLimitInMB());
        found.put("logGroup", context.getLogGroupName());
        found.put("logStream", context.getLogStreamName());
        found.put("remaining", context.getRemainingTimeInMillis());
        found.put("custom", context.getClientContext() == null ? null : context.getClientContext().getCustom());
        return found;
    }

    private static void log(LambdaLogger logger) {
        logger.log("at debug", LogLevel.DEBUG);
        logger.log("at info", LogLevel.INFO);
        logger.log("at error\nin two lines", LogLevel.ERROR);
        System.out.println("plain ü");
    }

    /** The width of a text in a picture: Java's own code loads the libraries for fonts. */
    private static int drawnWidth() {
        java.awt.Graphics2D graphics = new java.awt.image.BufferedImage(100, 20, java.awt.image.BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.drawString("text \u00fc", 1, 15);
        return graphics.getFontMetrics().stringWidth("text \u00fc");
    }

    /** What runs the function. */
    private static Map<String, Object> machine() {
        Map<String, Object> found = new HashMap<>();
        found.put("version", System.getProperty("java.specification.version"));
        found.put("failedLookupsS", java.security.Security.getProperty("networkaddress.cache.negative.ttl"));
        found.put("disabledInTls", java.security.Security.getProperty("jdk.tls.disabledAlgorithms"));
        found.put("heapMb", Runtime.getRuntime().maxMemory() / 1024 / 1024);
        found.put("options", java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        return found;
    }
}
