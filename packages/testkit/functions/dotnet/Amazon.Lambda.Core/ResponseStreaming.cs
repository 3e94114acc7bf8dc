// The shape of the response streams in Amazon.Lambda.Core 3.0, with the internal members that AWS's runtime client connects.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Amazon.Lambda.Core.ResponseStreaming;

internal interface ILambdaResponseStream : IDisposable
{
    Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken = default);
    long BytesWritten { get; }
    bool HasError { get; }
}

public class LambdaResponseStreamFactory
{
    private static Func<byte[], ILambdaResponseStream>? made;

    internal static void SetLambdaResponseStream(Func<byte[], ILambdaResponseStream> streamFactory) => made = streamFactory;

    public static Stream CreateStream() => new LambdaResponseStream(made!([]));
    public static Stream CreateHttpStream(HttpResponseStreamPrelude prelude) => new LambdaResponseStream(made!(prelude.ToByteArray()));
}

public class LambdaResponseStream : Stream
{
    private readonly ILambdaResponseStream sent;

    internal LambdaResponseStream(ILambdaResponseStream responseStream) => sent = responseStream;

    public long BytesWritten => sent.BytesWritten;
    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => BytesWritten;
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken = default) => sent.WriteAsync(buffer, offset, count, cancellationToken);
    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, default).GetAwaiter().GetResult();
    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotImplementedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotImplementedException();
    public override void SetLength(long value) => throw new NotSupportedException();
}

public class HttpResponseStreamPrelude
{
    public HttpStatusCode? StatusCode { get; set; }
    public IDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>();
    public IDictionary<string, IList<string>> MultiValueHeaders { get; set; } = new Dictionary<string, IList<string>>();
    public IList<string> Cookies { get; set; } = new List<string>();

    internal byte[] ToByteArray()
    {
        var members = new Dictionary<string, object>();
        if (StatusCode is { } status) members["statusCode"] = (int)status;
        if (Headers.Any()) members["headers"] = Headers;
        if (MultiValueHeaders.Any()) members["multiValueHeaders"] = MultiValueHeaders;
        if (Cookies.Any()) members["cookies"] = Cookies;
        return JsonSerializer.SerializeToUtf8Bytes(members);
    }
}
