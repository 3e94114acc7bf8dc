using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;

namespace Hearth;

/// <summary>
/// Connections between Hearth and ports on the loopback, where internal extensions listen for telemetry: Hearth asks for each one by a line of JSON.
/// </summary>
sealed class PortConnections
{
    const int StackBytes = 128 * 1024;
    readonly string path;
    int isOpen;

    public PortConnections(string path) => this.path = path;

    /// <summary>Lets Hearth ask. Called before the first connection is carried to Hearth, since it may be an extension's that subscribes.</summary>
    public void TakeOrders()
    {
        if (Interlocked.Exchange(ref isOpen, 1) != 0) return;
        var orders = Open("carrier.hearth:1");
        InBackground(() =>
        {
            using var lines = new StreamReader(new NetworkStream(orders, ownsSocket: true));
            while (lines.ReadLine() is { } line)
            {
                using var order = JsonDocument.Parse(line);
                var id = order.RootElement.GetProperty("id").GetString();
                var port = order.RootElement.GetProperty("port").GetInt32();
                InBackground(() => Connect(id!, port));
            }
        });
    }

    /// <summary>A connection to Hearth's socket that carries requests.</summary>
    public Socket Open()
    {
        var channel = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            channel.Connect(new UnixDomainSocketEndPoint(path));
            return channel;
        }
        catch (SocketException)
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Carries bytes both ways until both have ended.</summary>
    public static void CarryBetween(Socket inner, Socket outer)
    {
        inner.NoDelay = true;
        var open = 2;
        InBackground(() => Carry(inner, outer, ref open));
        InBackground(() => Carry(outer, inner, ref open));
    }

    public static void InBackground(ThreadStart work) => new Thread(work, StackBytes) { IsBackground = true }.Start();

    void Connect(string id, int port)
    {
        var inner = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            inner.Connect(IPAddress.Loopback, port);
            CarryBetween(inner, Open("connection.hearth:" + id));
        }
        catch (SocketException)
        {
            inner.Dispose();
            try
            {
                Open("connection.hearth:" + id, "Hearth-Unreachable: 1\r\n").Dispose();
            }
            catch (SocketException)
            {
                // Hearth is gone, and waits for nothing.
            }
        }
    }

    Socket Open(string name, string headers = "")
    {
        var channel = Open();
        channel.Send(Encoding.ASCII.GetBytes($"CONNECT {name} HTTP/1.1\r\nHost: h\r\n{headers}\r\n"));
        return channel;
    }

    /// <summary>Carries until one side ends or the other takes no more. The direction that ends last closes both, so that the other one is not cut off.</summary>
    static void Carry(Socket source, Socket target, ref int open)
    {
        var piece = new byte[32 * 1024];
        try
        {
            int count;
            while ((count = source.Receive(piece)) > 0)
            {
                for (var sent = 0; sent < count;) sent += target.Send(piece, sent, count - sent, SocketFlags.None);
            }
            target.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One of the two is gone; the other direction finds that as well.
        }
        if (Interlocked.Decrement(ref open) > 0) return;
        source.Dispose();
        target.Dispose();
    }
}
