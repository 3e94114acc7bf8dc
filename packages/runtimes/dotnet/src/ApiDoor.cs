using System.Net;
using System.Net.Sockets;

namespace Hearth;

/// <summary>
/// The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its Unix socket.
/// SDKs and agents need a host and a port. The port exists before the function does; the threads come with Open and with each connection.
/// </summary>
sealed class ApiDoor
{
    const int Backlog = 50;
    readonly PortConnections ports;
    readonly TcpListener listener;

    /// <summary>Listens on that port, or on any free one when it is taken.</summary>
    public ApiDoor(string path, int port, PortConnections? ports = null)
    {
        this.ports = ports ?? new PortConnections(path);
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

    public PortConnections Ports => ports;

    public void Open() => PortConnections.InBackground(() =>
    {
        while (true) Accept();
    });

    /// <summary>Another process takes the port.</summary>
    public void Close() => listener.Stop();

    void Accept()
    {
        var inner = listener.AcceptSocket();
        try
        {
            ports.TakeOrders();
            PortConnections.CarryBetween(inner, ports.Open());
        }
        catch (SocketException)
        {
            // Hearth is gone: the client sees a closed connection.
            inner.Dispose();
        }
    }
}
