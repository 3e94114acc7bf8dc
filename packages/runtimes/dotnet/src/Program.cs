using System;
using System.Text;

namespace Hearth;

/// <summary>
/// Hearth's .NET runtime. Without arguments it is a sandbox's generic runtime: it asks which function it is to run (GET /hearth/specialise), and waits for the
/// answer; what it does before that does not delay a cold start whose sandbox was booted before. With a handler as its argument it is the runtime of that function, whose environment is in
/// place: /var/runtime/bootstrap starts it so where a function needs a process of its own.
/// </summary>
static class Program
{
    const int InitFailed = 1;
    const int AnswerAtOnceMs = 25;

    static int Main(string[] arguments)
    {
        try
        {
            if (arguments.Length > 0) return Run(Channel.ToRuntimeApi(), arguments[0]);
            var channel = new Channel(Sandbox.ApiSocket);
            channel.Get("/hearth/specialise");
            var door = new ApiDoor(Sandbox.ApiSocket, Sandbox.RuntimeApiPort);
            // Where an invocation waits already, the function is there at once, and its own call is training enough.
            if (!channel.IsAnsweredWithin(AnswerAtOnceMs)) Training.Run();
            var answer = channel.Receive();
            if (answer.Status != 200) throw new InvalidOperationException($"specialise answered {answer.Status}");
            var assignment = new Assignment(answer.Body);
            if (OwnProcess.IsNeededFor(assignment)) OwnProcess.Start(assignment, door);
            assignment.Apply(door);
            return Run(channel, assignment.Handler);
        }
        catch (ChannelClosed)
        {
            // Hearth is gone: there is no work left to do.
            return 1;
        }
    }

    static int Run(Channel channel, string handler)
    {
        Log.Install();
        Handler loaded;
        try
        {
            loaded = Handler.Load(handler);
        }
        catch (Exception error)
        {
            ReportInitError(channel, "/init/error", error, Errors.TypeOf(error));
            return InitFailed;
        }
        if (SnapStart.IsOn && !SnapStart.CallHooks(channel)) return InitFailed;
        // What the process uses so far; the measured figure comes from outside later.
        channel.Get(Channel.Api + "/invocation/next", $"Hearth-Max-Rss: {Environment.WorkingSet}\r\n");
        while (true) InvokeOnce(channel, loaded);
    }

    public static void ReportInitError(Channel channel, string path, Exception error, string errorType)
    {
        Log.Write(LogLevel.Error, error, null, null);
        channel.Post(Channel.Api + path, Errors.Document(error), errorType);
        channel.Receive();
    }

    /// <summary>One invocation takes one request: its body is the answer, and what comes back is the next event. A streamed answer takes one more.</summary>
    static void InvokeOnce(Channel channel, Handler handler)
    {
        var answer = channel.Receive();
        if (answer.Status != 200) throw new InvalidOperationException($"the Runtime API answered {answer.Status} to next");
        var requestId = answer.Header("Lambda-Runtime-Aws-Request-Id") ?? "";
        Log.RequestId = requestId;
        Environment.SetEnvironmentVariable("_X_AMZN_TRACE_ID", answer.Header("Lambda-Runtime-Trace-Id"));
        var path = "/hearth/invocation/" + requestId;
        ResponseStream.BeginInvocation(channel, requestId);
        try
        {
            var result = handler.Invoke(answer);
            if (ResponseStream.EndInvocation(null)) AskForNext(channel);
            else channel.Post(path + "/response", result, null);
        }
        catch (Exception error) when (error is not ChannelClosed)
        {
            Log.Write(LogLevel.Error, error, null, null);
            if (ResponseStream.EndInvocation(error)) AskForNext(channel);
            else channel.Post(path + "/error", Errors.Document(error), Errors.TypeOf(error));
        }
    }

    static void AskForNext(Channel channel)
    {
        channel.Receive();
        channel.Get(Channel.Api + "/invocation/next");
    }
}

/// <summary>Where the sandbox has what belongs to Hearth.</summary>
static class Sandbox
{
    public const int RuntimeApiPort = 9001;
    public static readonly string ApiSocket = Environment.GetEnvironmentVariable("HEARTH_API_SOCKET") ?? "/run/hearth/api.sock";
}
