import com.amazonaws.services.lambda.runtime.Context;
import java.util.HashMap;
import java.util.Map;

/** The function that runs while an image is made, so that the classes which functions need are in the image's archive of classes. */
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
}
