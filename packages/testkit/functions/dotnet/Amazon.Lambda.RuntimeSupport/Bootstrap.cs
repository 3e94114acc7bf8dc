// As much of the package of that name as an executable assembly needs: the loop over the Runtime API's HTTP interface.
using System;
using System.IO;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace Amazon.Lambda.RuntimeSupport;

public sealed class LambdaBootstrap(Func<Stream, string, Task<byte[]>> handler)
{
    public async Task RunAsync()
    {
        var api = $"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/invocation/";
        using var client = new HttpClient { Timeout = TimeSpan.FromHours(12) };
        while (true)
        {
            using var next = await client.GetAsync(api + "next");
            var id = string.Concat(next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id"));
            try
            {
                var answer = await handler(await next.Content.ReadAsStreamAsync(), id);
                using var _ = await client.PostAsync($"{api}{id}/response", new ByteArrayContent(answer));
            }
            catch (Exception error)
            {
                var document = JsonSerializer.Serialize(new { errorType = error.GetType().Name, errorMessage = error.Message });
                using var _ = await client.PostAsync($"{api}{id}/error", new StringContent(document, Encoding.UTF8, "application/json"));
            }
        }
    }
}
