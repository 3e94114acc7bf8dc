using System;
using System.Net.Sockets;
using System.Text;

/// <summary>The leanest runtime loop: see loop.mjs. Bodies stay bytes, as those of a handler of streams do.</summary>
static class Loop
{
    const string Next = "GET /next HTTP/1.1\r\nHost: f\r\n\r\n";

    static void Main()
    {
        var folder = Environment.GetEnvironmentVariable("HEARTH_RUN_DIR");
        if (folder is null)
        {
            Console.WriteLine("ready");
            return;
        }
        var channel = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        channel.Connect(new UnixDomainSocketEndPoint(folder + "/api.sock"));
        channel.Send(Encoding.Latin1.GetBytes(Next));
        var piece = new byte[65536];
        var pending = "";
        int count;
        while ((count = channel.Receive(piece)) > 0)
        {
            pending += Encoding.Latin1.GetString(piece, 0, count);
            int end;
            while ((end = pending.IndexOf("\r\n\r\n", StringComparison.Ordinal)) >= 0)
            {
                var head = pending[..end].ToLowerInvariant();
                var length = int.Parse(head[(head.IndexOf("content-length: ", StringComparison.Ordinal) + 16)..].Split("\r\n")[0]);
                if (pending.Length < end + 4 + length) break;
                var body = pending.Substring(end + 4, length);
                pending = pending[(end + 4 + length)..];
                if (head.Substring(9, 3) != "200") continue;
                channel.Send(Encoding.Latin1.GetBytes($"POST /response HTTP/1.1\r\nHost: f\r\nContent-Length: {body.Length}\r\n\r\n{body}{Next}"));
            }
        }
    }
}
