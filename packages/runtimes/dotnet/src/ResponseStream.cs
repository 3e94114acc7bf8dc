using System;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;

namespace Hearth;

/// <summary>
/// An answer that a handler writes while it runs, by LambdaResponseStreamFactory of the function's own Amazon.Lambda.Core (3.0 and later). The request to the
/// Runtime API begins when the handler asks for its stream, and ends when the handler has ended; an error after its beginning follows in trailers.
/// </summary>
sealed class ResponseStream
{
    const string FactoryName = "Amazon.Lambda.Core.ResponseStreaming.LambdaResponseStreamFactory";
    const string InterfaceName = "Amazon.Lambda.Core.ResponseStreaming.ILambdaResponseStream";
    /// <summary>AWS's client sends it for streams without metadata as well.</summary>
    const string ContentType = "application/vnd.awslambda.http-integration-response";
    /// <summary>What fits into trailers, as base64.</summary>
    const int LargestTrailer = 32 * 1024;
    static readonly byte[] PreludeEnd = new byte[8];

    static Channel? runtimeApi;
    static string? requestId;
    static ResponseStream? current;

    readonly Channel channel;
    readonly SemaphoreSlim turn = new(1);
    long bytesWritten;
    bool isComplete;
    bool hasError;

    ResponseStream(Channel channel) => this.channel = channel;

    /// <summary>The handler of this invocation has asked for a stream: what it returns is not its answer.</summary>
    public static bool IsWanted => current is not null;

    /// <summary>Older packages have no streams.</summary>
    public static void ConnectIn(Assembly core)
    {
        if (core.GetType(FactoryName) is not { } factory || core.GetType(InterfaceName) is not { } type) return;
        var connect = factory.GetMethod("SetLambdaResponseStream", BindingFlags.NonPublic | BindingFlags.Static);
        var wanted = typeof(Func<,>).MakeGenericType(typeof(byte[]), type);
        if (connect is null || connect.GetParameters() is not [var parameter] || parameter.ParameterType != wanted) return;
        var create = typeof(ResponseStream).GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
        connect.Invoke(null, [create.CreateDelegate(wanted)]);
    }

    public static void BeginInvocation(Channel channel, string id)
    {
        runtimeApi = channel;
        requestId = id;
        current = null;
    }

    /// <summary>False when the handler asked for no stream, and its answer or error has still to be sent.</summary>
    public static bool EndInvocation(Exception? error)
    {
        requestId = null;
        if (current is not { } stream) return false;
        stream.End(error);
        return true;
    }

    static T Create<T>(byte[] prelude) where T : class
    {
        if (runtimeApi is not { } channel || requestId is not { } id) throw new InvalidOperationException("A response stream can only be created within a Lambda handler invocation.");
        var stream = new ResponseStream(channel);
        if (Interlocked.CompareExchange(ref current, stream, null) is not null) throw new InvalidOperationException("A response stream can only be created once per invocation.");
        channel.BeginChunks($"{Channel.Api}/invocation/{id}/response", ContentType);
        if (prelude is { Length: > 0 }) channel.SendChunk((byte[])[.. prelude, .. PreludeEnd]).GetAwaiter().GetResult();
        return (T)Members.Of(typeof(T), (method, arguments) => method.Name switch
        {
            "WriteAsync" => stream.Write((byte[]?)arguments[0], (int)arguments[1]!, (int)arguments[2]!),
            "get_BytesWritten" => Interlocked.Read(ref stream.bytesWritten),
            "get_HasError" => stream.hasError,
            _ => null,
        });
    }

    async Task Write(byte[]? buffer, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (offset < 0 || offset > buffer.Length) throw new ArgumentOutOfRangeException(nameof(offset));
        if (count < 0 || count > buffer.Length - offset) throw new ArgumentOutOfRangeException(nameof(count));
        await turn.WaitAsync();
        try
        {
            if (isComplete) throw new InvalidOperationException("Cannot write to a completed stream.");
            Interlocked.Add(ref bytesWritten, count);
            await channel.SendChunk(buffer.AsMemory(offset, count));
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>A write that the handler did not wait for comes to its end first.</summary>
    void End(Exception? error)
    {
        turn.Wait();
        isComplete = true;
        hasError = error is not null;
        turn.Release();
        channel.EndChunks(error is null ? "" : Trailers(error));
    }

    static string Trailers(Exception error)
    {
        var body = Convert.ToBase64String(Errors.Document(error));
        if (body.Length > LargestTrailer) body = Convert.ToBase64String(Errors.ShortDocument(error));
        return $"{Channel.ErrorTypeHeader}: {Errors.TypeOf(error)}\r\n{Channel.ErrorBodyHeader}: {body}\r\n";
    }
}
