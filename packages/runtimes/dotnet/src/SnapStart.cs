using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Hearth;

/// <summary>
/// The hooks that a function has registered with Amazon.Lambda.Core.SnapshotRestore of its own package (2.5 and later). Those before the snapshot belong to the
/// init. Those after the restore follow at once, because no snapshot is made, and have a time limit of their own.
/// </summary>
static class SnapStart
{
    const string TypeName = "Amazon.Lambda.Core.SnapshotRestore";

    public static bool IsOn => Environment.GetEnvironmentVariable("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start";

    /// <summary>False after the report of a hook that failed.</summary>
    public static bool CallHooks(Channel channel)
    {
        var type = AppDomain.CurrentDomain.GetAssemblies().Select(one => one.GetType(TypeName)).FirstOrDefault(one => one is not null);
        // The last one that was registered comes first.
        var before = new Stack<Func<ValueTask>>();
        var after = new Queue<Func<ValueTask>>();
        try
        {
            Take(type, "CopyBeforeSnapshotCallbacksToRegistry", before.Push);
            Take(type, "CopyAfterRestoreCallbacksToRegistry", after.Enqueue);
            while (before.TryPop(out var hook)) Call(hook);
        }
        catch (Exception error)
        {
            Program.ReportInitError(channel, "/init/error", error, "Runtime.BeforeSnapshotError");
            return false;
        }
        channel.Get(Channel.Api + "/restore/next");
        var status = channel.Receive().Status;
        if (status != 200) throw new InvalidOperationException($"the Runtime API answered {status} to restore/next");
        try
        {
            while (after.TryDequeue(out var hook)) Call(hook);
        }
        catch (Exception error)
        {
            Program.ReportInitError(channel, "/restore/error", error, "Runtime.AfterRestoreError");
            return false;
        }
        return true;
    }

    static void Call(Func<ValueTask> hook) => hook().AsTask().GetAwaiter().GetResult();

    /// <summary>Older packages have no hooks.</summary>
    static void Take(Type? type, string name, Action<Func<ValueTask>> add) =>
        type?.GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)?.Invoke(null, [add]);
}
