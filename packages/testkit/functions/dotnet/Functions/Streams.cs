using System;
using System.IO;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Amazon.Lambda.Core.ResponseStreaming;

namespace Example;

/// <summary>Handlers that write their answers while they run.</summary>
public class Streams
{
    static string outside = "";
    static Stream? earlier;

    public Streams()
    {
        try
        {
            LambdaResponseStreamFactory.CreateStream();
        }
        catch (Exception error)
        {
            outside = error.GetType().Name;
        }
    }

    public string Outside() => outside;

    public async Task<string> Http(string text)
    {
        var prelude = new HttpResponseStreamPrelude { StatusCode = HttpStatusCode.Created, Headers = { ["a"] = "b" }, Cookies = { "c=d" } };
        using var writer = new StreamWriter(LambdaResponseStreamFactory.CreateHttpStream(prelude)) { AutoFlush = true };
        await writer.WriteAsync(text + " ");
        await Task.Delay(100);
        await writer.WriteAsync("ü");
        return "ignored";
    }

    public async Task Plain(string text)
    {
        using var stream = LambdaResponseStreamFactory.CreateStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"\"{text}\""));
        await stream.WriteAsync(Array.Empty<byte>(), 0, 0);
    }

    /// <summary>Writes, and then fails with that message.</summary>
    public async Task Fails(string message)
    {
        await LambdaResponseStreamFactory.CreateStream().WriteAsync("one"u8.ToArray());
        throw new InvalidDataException(message);
    }

    public async Task Large(int megabytes)
    {
        var stream = LambdaResponseStreamFactory.CreateStream();
        var piece = new byte[1024 * 1024];
        Array.Fill(piece, (byte)'x');
        for (var at = 0; at < megabytes; at++) await stream.WriteAsync(piece);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(stream.Length.ToString()));
    }

    /// <summary>Writes what happens when a second stream is asked for, and when the previous invocation's is written to.</summary>
    public async Task Twice()
    {
        var stream = LambdaResponseStreamFactory.CreateStream();
        await Write(() => Task.FromResult(LambdaResponseStreamFactory.CreateStream()));
        if (earlier is not null) await Write(() => earlier.WriteAsync(new byte[1], 0, 1));
        earlier = stream;

        async Task Write(Func<Task> act)
        {
            try
            {
                await act();
            }
            catch (InvalidOperationException error)
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes(error.Message + "\n"));
            }
        }
    }
}
