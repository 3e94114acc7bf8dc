import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The no-op function of the bench. */
public class Noop {
    public void run(InputStream event, OutputStream answer) throws IOException {
        byte[] piece = new byte[8192];
        for (int count; (count = event.read(piece)) > 0; ) answer.write(piece, 0, count);
    }
}
