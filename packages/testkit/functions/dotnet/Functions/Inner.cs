using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Example;

/// <summary>An internal extension that subscribes to telemetry: answers with the types of what it has received once an invocation has started.</summary>
public class Inner
{
    static readonly string Api = "http://" + Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API");
    readonly ConcurrentQueue<string> received = new();

    public Inner()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        InBackground(() =>
        {
            using var lines = new StreamReader(listener.AcceptTcpClient().GetStream());
            while (lines.ReadLine() is { } line)
                received.Enqueue(JsonDocument.Parse(line).RootElement.GetProperty("type").GetString()!);
        });
        var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Add("Lambda-Extension-Name", "inner");
        var registered = client.PostAsync(Api + "/2020-01-01/extension/register", new StringContent("{\"events\":[\"INVOKE\"]}")).Result;
        client.DefaultRequestHeaders.Add("Lambda-Extension-Identifier", registered.Headers.GetValues("Lambda-Extension-Identifier").First());
        var wanted = $"{{\"schemaVersion\":\"2022-12-13\",\"types\":[\"platform\"],\"buffering\":{{\"timeoutMs\":25}},\"destination\":{{\"protocol\":\"TCP\",\"port\":{port}}}}}";
        client.PutAsync(Api + "/2022-07-01/telemetry", new StringContent(wanted)).Result.EnsureSuccessStatusCode();
        InBackground(() =>
        {
            while (true) client.GetStringAsync(Api + "/2020-01-01/extension/event/next").Wait();
        });
    }

    public async Task<Stream> Run(Stream input)
    {
        while (!received.Contains("platform.start")) await Task.Delay(10);
        return new MemoryStream(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(received)));
    }

    static void InBackground(ThreadStart work) => new Thread(work) { IsBackground = true }.Start();
}
