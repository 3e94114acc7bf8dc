package com.amazonaws.services.lambda.runtime.api.client.runtimeapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.amazonaws.services.lambda.runtime.api.client.runtimeapi.dto.InvocationRequest;
import hearth.RuntimeSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/**
 * Stands in the place of the class of the same name in AWS's runtime interface client, which asks for events and sends answers by a library in C++ over TCP.
 * This one speaks to Hearth's Runtime API on the sandbox's Unix socket, and sends an answer and the wish for the next event as one request. Where the Java
 * version has no Unix sockets, it takes the port on the loopback that leads there. Only as much of HTTP/1.1 as Hearth's own Runtime API speaks: every answer has
 * Content-Length, and header names are spelled as they are here.
 */
class NativeClient {
    private static final byte[] NEXT =
            "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(ISO_8859_1);
    private static final int PIECE = 65_536;

    private static String address;
    /** Null until the first request. */
    private static SocketChannel channel;
    private static ByteBuffer piece;
    /** Bytes that were read, and how many of them there are. */
    private static byte[] bytes = new byte[PIECE];
    private static int length;
    /** The answer to the last request is the next event. */
    private static boolean isAsked;

    private NativeClient() {}

    /** The connection is awaited by the first request. */
    static void init(String runtimeApi) {
        address = runtimeApi;
    }

    static InvocationRequest next() {
        try {
            if (!isAsked) send(NEXT);
            isAsked = false;
            return receive();
        } catch (IOException e) {
            throw gone(e);
        }
    }

    static void postInvocationResponse(byte[] requestId, byte[] response) {
        String head = "POST /hearth/invocation/" + new String(requestId, ISO_8859_1) + "/response HTTP/1.1\r\nHost: h\r\nContent-Length: "
                + response.length + "\r\n\r\n";
        try {
            byte[] first = head.getBytes(ISO_8859_1);
            if (first.length + response.length <= PIECE) {
                byte[] whole = Arrays.copyOf(first, first.length + response.length);
                System.arraycopy(response, 0, whole, first.length, response.length);
                send(whole);
            } else {
                send(first);
                send(response);
            }
            isAsked = true;
        } catch (IOException e) {
            throw gone(e);
        }
    }

    private static void connect() throws IOException {
        SocketChannel unix = RuntimeSocket.get();
        piece = ByteBuffer.allocateDirect(PIECE);
        channel = unix == null ? openPort(address) : unix;
    }

    private static SocketChannel openPort(String runtimeApi) throws IOException {
        int colon = runtimeApi.lastIndexOf(':');
        String host = runtimeApi.substring(0, colon);
        SocketChannel opened =
                SocketChannel.open(new InetSocketAddress(host, Integer.parseInt(runtimeApi.substring(colon + 1))));
        opened.socket().setTcpNoDelay(true);
        return opened;
    }

    /** By one direct buffer of ours: the channel would keep another as large as the largest answer. */
    private static void send(byte[] data) throws IOException {
        if (channel == null) connect();
        for (int from = 0; from < data.length; ) {
            int count = Math.min(PIECE, data.length - from);
            piece.clear();
            piece.put(data, from, count);
            piece.flip();
            while (piece.hasRemaining()) channel.write(piece);
            from += count;
        }
    }

    private static InvocationRequest receive() throws IOException {
        length = 0;
        int headEnd;
        while ((headEnd = indexOfHeadEnd()) < 0) read();
        String head = new String(bytes, 0, headEnd, UTF_8);
        int start = headEnd + HEAD_END.length;
        int end = start + Integer.parseInt(header(head, "Content-Length"));
        if (bytes.length < end) bytes = Arrays.copyOf(bytes, end);
        while (length < end) read();
        if (!head.startsWith("200", 9)) {
            throw new IOException("the Runtime API answered " + head.substring(9, 12) + " to next");
        }
        InvocationRequest request = new InvocationRequest();
        request.setId(header(head, "Lambda-Runtime-Aws-Request-Id"));
        request.setInvokedFunctionArn(header(head, "Lambda-Runtime-Invoked-Function-Arn"));
        request.setDeadlineTimeInMs(Long.parseLong(header(head, "Lambda-Runtime-Deadline-Ms")));
        request.setXrayTraceId(header(head, "Lambda-Runtime-Trace-Id"));
        request.setClientContext(header(head, "Lambda-Runtime-Client-Context"));
        request.setCognitoIdentity(header(head, "Lambda-Runtime-Cognito-Identity"));
        request.setTenantId(header(head, "Lambda-Runtime-Aws-Tenant-Id"));
        request.setContent(Arrays.copyOfRange(bytes, start, end));
        if (bytes.length > 16 * PIECE) bytes = new byte[PIECE];
        return request;
    }

    private static void read() throws IOException {
        piece.clear();
        int count = channel.read(piece);
        if (count < 0) throw new IOException("the connection has ended");
        piece.flip();
        if (bytes.length < length + count) bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + count));
        piece.get(bytes, length, count);
        length += count;
    }

    private static int indexOfHeadEnd() {
        for (int at = 0; at + HEAD_END.length <= length; at++) {
            if (bytes[at] == '\r' && bytes[at + 1] == '\n' && bytes[at + 2] == '\r' && bytes[at + 3] == '\n') return at;
        }
        return -1;
    }

    /** The value of a header, or null. */
    private static String header(String head, String name) {
        int at = head.indexOf("\r\n" + name + ": ");
        if (at < 0) return null;
        int start = at + name.length() + 4;
        int end = head.indexOf("\r\n", start);
        return end < 0 ? head.substring(start) : head.substring(start, end);
    }

    /** Hearth is gone: there is no work left to do. */
    private static IllegalStateException gone(IOException e) {
        System.exit(1);
        return new IllegalStateException(e);
    }
}
