package hearth;

import java.io.File;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** The connection to the sandbox's Unix socket. It is made in a thread while the function is loaded: Java's classes for it take as long as the function's. */
public final class RuntimeSocket extends Thread {
    private static final String SOCKET = "/run/hearth/api.sock";
    private static RuntimeSocket opening;

    private SocketChannel channel;
    private IOException failure;

    private RuntimeSocket() {
        super("hearth-connect");
        setDaemon(true);
    }

    static synchronized void begin() {
        if (opening != null) return;
        opening = new RuntimeSocket();
        opening.start();
    }

    /** Waits for the connection. Null where there is no such socket, or where this Java has no Unix sockets. */
    public static SocketChannel get() throws IOException {
        begin();
        boolean isInterrupted = false;
        while (opening.isAlive()) {
            try {
                opening.join();
            } catch (InterruptedException e) {
                isInterrupted = true;
            }
        }
        if (isInterrupted) Thread.currentThread().interrupt();
        if (opening.failure != null) throw opening.failure;
        return opening.channel;
    }

    @Override
    public void run() {
        try {
            if (new File(SOCKET).exists()) channel = UnixSocket.open(SOCKET);
        } catch (IOException e) {
            failure = e;
        }
    }
}
