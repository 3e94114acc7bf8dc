import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/** The functions that run while an image is made, so that the classes which functions need are in the image's archive of classes. */
public class Training {
    public static class Answer {
        private final String text;
        private final Map<String, Object> event;

        Answer(String text, Map<String, Object> event) {
            this.text = text;
            this.event = event;
        }

        public String getText() {
            return text;
        }

        public Map<String, Object> getEvent() {
            return event;
        }
    }

    public Answer run(Map<String, Object> event, Context context) {
        context.getLogger().log("training " + context.getRemainingTimeInMillis());
        return new Answer(context.getAwsRequestId(), new HashMap<>(event));
    }

    public void copy(InputStream event, OutputStream answer) throws IOException {
        byte[] piece = new byte[8192];
        for (int count; (count = event.read(piece)) > 0; ) answer.write(piece, 0, count);
        System.out.println("training");
    }

    public static class Handler implements RequestHandler<Map<String, Object>, Map<String, Object>> {
        @Override
        public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
            context.getLogger().log("training " + context.getFunctionName());
            return event;
        }
    }

    public static class StreamHandler implements RequestStreamHandler {
        @Override
        public void handleRequest(InputStream event, OutputStream answer, Context context) throws IOException {
            new Training().copy(event, answer);
        }
    }
}
