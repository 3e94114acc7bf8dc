using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Hearth;

/// <summary>The other side has ended the connection.</summary>
sealed class ChannelClosed : Exception { }

/// <summary>
/// HTTP/1.1 on one connection; answers come in the order of the requests. Speaks only as much of it as Hearth's own Runtime API does: every answer has
/// Content-Length.
/// </summary>
sealed class Channel
{
    public const string Api = "/2018-06-01/runtime";
    public const string ErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";
    public const string ErrorBodyHeader = "Lambda-Runtime-Function-Error-Body";
    const int RetryForMs = 10_000;
    const int LargestChunk = 256 * 1024;
    static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();
    static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    readonly Socket socket;
    byte[] received = new byte[16 * 1024];
    int length;

    public Channel(string path) : this(new UnixDomainSocketEndPoint(path), () => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)) { }

    Channel(EndPoint endPoint, Func<Socket> create)
    {
        var giveUpAt = Environment.TickCount64 + RetryForMs;
        while (true)
        {
            socket = create();
            try
            {
                socket.Connect(endPoint);
                return;
            }
            catch (SocketException) when (Environment.TickCount64 < giveUpAt)
            {
                socket.Dispose();
                Thread.Sleep(5);
            }
        }
    }

    /// <summary>To the sandbox's socket, or to where a wrapper has put a Runtime API of its own.</summary>
    public static Channel ToRuntimeApi()
    {
        var address = Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") ?? "";
        if (address == $"127.0.0.1:{Sandbox.RuntimeApiPort}" && File.Exists(Sandbox.ApiSocket)) return new Channel(Sandbox.ApiSocket);
        return new Channel(IPEndPoint.Parse(address), () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
    }

    public void Get(string path, string headers = "") => Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: h\r\n{headers}\r\n"), default);

    public void Post(string path, ReadOnlySpan<byte> body, string? errorType)
    {
        var type = errorType is null ? "" : $"{ErrorTypeHeader}: {errorType}\r\n";
        var head = $"POST {path} HTTP/1.1\r\nHost: h\r\n{type}Content-Length: {body.Length}\r\n\r\n";
        Send(Encoding.ASCII.GetBytes(head), body);
    }

    /// <summary>A request whose body follows in chunks, with an error after it in trailers.</summary>
    public void BeginChunks(string path, string contentType)
    {
        var mode = "Lambda-Runtime-Function-Response-Mode: streaming";
        var head = $"POST {path} HTTP/1.1\r\nHost: h\r\n{mode}\r\nContent-Type: {contentType}\r\nTransfer-Encoding: chunked\r\nTrailer: {ErrorTypeHeader}, {ErrorBodyHeader}\r\n\r\n";
        Send(Encoding.ASCII.GetBytes(head), default);
    }

    /// <summary>Waits while Hearth takes no more. An empty chunk would be the end.</summary>
    public async Task SendChunk(ReadOnlyMemory<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += LargestChunk)
        {
            var piece = bytes.Slice(at, Math.Min(LargestChunk, bytes.Length - at));
            var size = Encoding.ASCII.GetBytes($"{piece.Length:X}\r\n");
            ReadOnlyMemory<byte> chunk = (byte[])[.. size, .. piece.Span, .. LineEnd];
            try
            {
                while (chunk.Length > 0) chunk = chunk[await socket.SendAsync(chunk)..];
            }
            catch (SocketException error)
            {
                throw new IOException("The connection to the Runtime API is closed.", error);
            }
        }
    }

    public void EndChunks(string trailers) => Send(Encoding.ASCII.GetBytes($"0\r\n{trailers}\r\n"), default);

    /// <summary>Waits that long at most for an answer to begin.</summary>
    public bool IsAnsweredWithin(int milliseconds) => socket.Poll(milliseconds * 1000, SelectMode.SelectRead);

    void Send(byte[] head, ReadOnlySpan<byte> body)
    {
        try
        {
            if (body.Length <= 8 * 1024)
            {
                // One packet: Hearth's side wakes up once.
                var whole = new byte[head.Length + body.Length];
                head.CopyTo(whole, 0);
                body.CopyTo(whole.AsSpan(head.Length));
                SendAll(whole);
                return;
            }
            SendAll(head);
            SendAll(body);
        }
        catch (SocketException)
        {
            throw new ChannelClosed();
        }
    }

    void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[socket.Send(bytes)..];
    }

    public Answer Receive()
    {
        int headLength;
        while ((headLength = received.AsSpan(0, length).IndexOf(HeadEnd)) < 0) Read(length + 1);
        var head = Encoding.UTF8.GetString(received, 0, headLength);
        var bodyLength = int.Parse(Answer.Header(head, "Content-Length") ?? "0");
        var bodyStart = headLength + HeadEnd.Length;
        Read(bodyStart + bodyLength);
        var body = received.AsSpan(bodyStart, bodyLength).ToArray();
        length -= bodyStart + bodyLength;
        if (length > 0) received.AsSpan(bodyStart + bodyLength, length).CopyTo(received);
        // A large event does not keep its memory for good.
        else if (received.Length > 1024 * 1024) received = new byte[16 * 1024];
        return new Answer(head, body);
    }

    /// <summary>Reads until that many bytes are there.</summary>
    void Read(int wanted)
    {
        if (wanted > received.Length) Array.Resize(ref received, Math.Max(wanted, received.Length * 2));
        while (length < wanted)
        {
            int count;
            try
            {
                count = socket.Receive(received.AsSpan(length));
            }
            catch (SocketException)
            {
                count = 0;
            }
            if (count == 0) throw new ChannelClosed();
            length += count;
        }
    }
}

/// <summary>What came back: for `next`, the event and its headers.</summary>
sealed class Answer(string head, byte[] body)
{
    public int Status => int.Parse(head.AsSpan(9, 3));
    public byte[] Body => body;

    public string? Header(string name) => Header(head, name);

    public static string? Header(string head, string name)
    {
        var mark = $"\r\n{name}: ";
        var at = head.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
        if (at < 0) return null;
        var start = at + mark.Length;
        var end = head.IndexOf("\r\n", start, StringComparison.Ordinal);
        return end < 0 ? head[start..] : head[start..end];
    }
}
