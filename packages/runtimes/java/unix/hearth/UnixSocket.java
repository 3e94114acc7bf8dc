package hearth;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;

/** For Java 16 and later. */
final class UnixSocket {
    private UnixSocket() {}

    static SocketChannel open(String path) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path));
    }
}
