using System;
using System.IO;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace Hearth;

/// <summary>
/// A first call before there is a function: what .NET compiles and loads for it is there when the function comes, while no caller waits. Its interfaces stand
/// for those of Amazon.Lambda.Core.
/// </summary>
static class Training
{
    public interface IContext
    {
        string AwsRequestId { get; }
        TimeSpan RemainingTime { get; }
    }

    public sealed class Event
    {
        public string? Text { get; set; }
        public int Number { get; set; }
    }

    public interface ISerializer
    {
        T? Deserialize<T>(Stream stream);
        void Serialize<T>(T value, Stream stream);
    }

    sealed class SystemTextJson : ISerializer
    {
        public T? Deserialize<T>(Stream stream) => JsonSerializer.Deserialize<T>(stream);
        public void Serialize<T>(T value, Stream stream) => JsonSerializer.Serialize(stream, value);
    }

    public static async Task<Event> Handle(Event input)
    {
        await Task.CompletedTask;
        return input;
    }

    public static void Run()
    {
        var head = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: training\r\nLambda-Runtime-Deadline-Ms: 1\r\nContent-Length: 2";
        var request = new Answer(head, Encoding.UTF8.GetBytes("""{"Text":"a","Number":1}"""));
        var context = (IContext)LambdaContext.Create(typeof(IContext), request, null);
        _ = context.AwsRequestId.Length + context.RemainingTime.Milliseconds;
        var method = typeof(Training).GetMethod(nameof(Handle))!;
        var call = new HandlerCall(method, null, new Serializer(new SystemTextJson(), typeof(ISerializer)), "Training", typeof(Training).Assembly);
        for (var turn = 0; turn < 3; turn++) call.Invoke(request);
    }
}
