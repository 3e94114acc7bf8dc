import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** The leanest runtime loop: see loop.mjs. Bodies stay bytes, as those of a handler of streams do. */
public class Loop {
    static final String NEXT = "GET /next HTTP/1.1\r\nHost: f\r\n\r\n";

    public static void main(String[] arguments) throws Exception {
        String folder = System.getenv("HEARTH_RUN_DIR");
        if (folder == null) {
            System.out.println("ready");
            return;
        }
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(folder + "/api.sock"));
        ByteBuffer piece = ByteBuffer.allocateDirect(65_536);
        send(channel, piece, NEXT);
        String pending = "";
        while (true) {
            piece.clear();
            if (channel.read(piece) < 0) return;
            piece.flip();
            byte[] bytes = new byte[piece.remaining()];
            piece.get(bytes);
            pending += new String(bytes, StandardCharsets.ISO_8859_1);
            int end;
            while ((end = pending.indexOf("\r\n\r\n")) >= 0) {
                String head = pending.substring(0, end).toLowerCase();
                int at = head.indexOf("content-length: ") + 16;
                int line = head.indexOf("\r\n", at);
                int length = Integer.parseInt(line < 0 ? head.substring(at) : head.substring(at, line));
                if (pending.length() < end + 4 + length) break;
                String body = pending.substring(end + 4, end + 4 + length);
                pending = pending.substring(end + 4 + length);
                if (!head.startsWith("200", 9)) continue;
                send(channel, piece, "POST /response HTTP/1.1\r\nHost: f\r\nContent-Length: " + body.length() + "\r\n\r\n" + body + NEXT);
            }
        }
    }

    static void send(SocketChannel channel, ByteBuffer piece, String text) throws Exception {
        piece.clear();
        piece.put(text.getBytes(StandardCharsets.ISO_8859_1));
        piece.flip();
        while (piece.hasRemaining()) channel.write(piece);
    }
}
