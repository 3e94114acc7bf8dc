// An executable assembly: its handler is its name.
using System;
using System.Text.Json;
using System.Threading.Tasks;
using Amazon.Lambda.RuntimeSupport;

static class Program
{
    static async Task Main(string[] arguments) =>
        await new LambdaBootstrap(async (stream, requestId) =>
        {
            var value = await JsonSerializer.DeserializeAsync<JsonElement>(stream);
            if (value.TryGetProperty("fail", out _)) throw new InvalidOperationException("as asked");
            return JsonSerializer.SerializeToUtf8Bytes(new { value, requestId, handler = Environment.GetEnvironmentVariable("_HANDLER") });
        }).RunAsync();
}
