package com.amazonaws.services.lambda.runtime.api.client.logging;

import com.amazonaws.services.lambda.runtime.logging.LogFormat;
import com.amazonaws.services.lambda.runtime.logging.LogLevel;
import java.util.Arrays;

/**
 * Stands in the place of the class of the same name in AWS's runtime interface client. One message is one log event: a newline inside it travels as NUL, which
 * Hearth's reader turns back.
 */
public class StdOutLogSink implements LogSink {
    @Override
    public void log(byte[] message) {
        log(LogLevel.UNDEFINED, LogFormat.TEXT, message);
    }

    @Override
    public synchronized void log(LogLevel level, LogFormat format, byte[] message) {
        int length = message.length;
        while (length > 0 && message[length - 1] == '\n') length--;
        byte[] line = Arrays.copyOf(message, length + 1);
        for (int at = 0; at < length; at++) {
            if (line[at] == '\n') line[at] = 0;
        }
        line[length] = '\n';
        System.out.write(line, 0, line.length);
        System.out.flush();
    }

    @Override
    public void close() {}
}
