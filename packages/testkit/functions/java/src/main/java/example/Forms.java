package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.events.S3Event;
import com.amazonaws.services.lambda.runtime.events.SQSEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The forms that handlers may have. */
public class Forms {
    public static class Item {
        private String name;
        private double price;

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public double getPrice() {
            return price;
        }

        public void setPrice(double price) {
            this.price = price;
        }
    }

    public static class Order {
        private List<Item> items;

        public List<Item> getItems() {
            return items;
        }

        public void setItems(List<Item> items) {
            this.items = items;
        }
    }

    public static class Stream implements RequestStreamHandler {
        @Override
        public void handleRequest(InputStream input, OutputStream output, Context context) throws IOException {
            byte[] piece = new byte[8192];
            for (int count; (count = input.read(piece)) > 0; ) output.write(piece, 0, count);
        }
    }

    public Item dearest(Order order, Context context) {
        return order.getItems().stream().max((a, b) -> Double.compare(a.getPrice(), b.getPrice())).orElse(null);
    }

    public int alone(int number) {
        return number + 1;
    }

    public Map<String, List<Integer>> generic(Map<String, List<Integer>> event) {
        return event.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().stream().map(n -> n * 2).collect(Collectors.toList())));
    }

    public void stream(InputStream input, OutputStream output) throws IOException {
        new Stream().handleRequest(input, output, null);
    }

    public List<String> queue(SQSEvent event) {
        return event.getRecords().stream()
                .map(record -> record.getBody() + record.getMessageAttributes().get("a").getStringValue())
                .collect(Collectors.toList());
    }

    public String bucket(S3Event event) {
        return event.getRecords().get(0).getS3().getObject().getUrlDecodedKey() + " "
                + event.getRecords().get(0).getEventTime().getYear();
    }

    public String quiet() {
        return "no event";
    }

    private String hidden(String event) {
        return event;
    }
}
