using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace Hearth;

/// <summary>
/// The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its Unix socket.
/// SDKs and agents need a host and a port. The port exists before the function does; the threads come with Open and with each connection.
/// </summary>
sealed class ApiDoor
{
    const int Backlog = 50;
    const int StackBytes = 128 * 1024;
    readonly string path;
    readonly TcpListener listener;

    /// <summary>Listens on that port, or on any free one when it is taken.</summary>
    public ApiDoor(string path, int port)
    {
        this.path = path;
        listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start(Backlog);
        }
        catch (SocketException)
        {
            listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start(Backlog);
        }
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public void Open() => InBackground(() =>
    {
        while (true) Accept();
    });

    /// <summary>Another process takes the port.</summary>
    public void Close() => listener.Stop();

    void Accept()
    {
        var inner = listener.AcceptSocket();
        var outer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            outer.Connect(new UnixDomainSocketEndPoint(path));
            inner.NoDelay = true;
            var open = 2;
            InBackground(() => Carry(inner, outer, ref open));
            InBackground(() => Carry(outer, inner, ref open));
        }
        catch (SocketException)
        {
            // Hearth is gone: the client sees a closed connection.
            inner.Dispose();
            outer.Dispose();
        }
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

    static void InBackground(ThreadStart work) => new Thread(work, StackBytes) { IsBackground = true }.Start();
}
