// The public shape of the package Amazon.Lambda.Core, and the private members that AWS's runtime uses: stands for it in tests, because NuGet cannot be reached everywhere.
using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;

namespace Amazon.Lambda.Core;

public interface ILambdaContext
{
    string AwsRequestId { get; }
    IClientContext ClientContext { get; }
    string FunctionName { get; }
    string FunctionVersion { get; }
    ICognitoIdentity Identity { get; }
    string InvokedFunctionArn { get; }
    ILambdaLogger Logger { get; }
    string LogGroupName { get; }
    string LogStreamName { get; }
    int MemoryLimitInMB { get; }
    TimeSpan RemainingTime { get; }
    string TraceId => "";
    string TenantId => "";
    ILambdaSerializer? Serializer => null;
}

public interface IClientContext
{
    IDictionary<string, string> Environment { get; }
    IClientApplication Client { get; }
    IDictionary<string, string> Custom { get; }
}

public interface IClientApplication
{
    string AppPackageName { get; }
    string AppTitle { get; }
    string AppVersionCode { get; }
    string AppVersionName { get; }
    string InstallationId { get; }
}

public interface ICognitoIdentity
{
    string IdentityId { get; }
    string IdentityPoolId { get; }
}

public enum LogLevel { Trace = 0, Debug = 1, Information = 2, Warning = 3, Error = 4, Critical = 5 }

public interface ILambdaLogger
{
    void Log(string message);
    void LogLine(string message);
    void Log(string level, string message) => LogLine(message);
    void Log(LogLevel level, string message) => Log(level.ToString(), message);
    void LogTrace(string message) => Log(LogLevel.Trace, message);
    void LogDebug(string message) => Log(LogLevel.Debug, message);
    void LogInformation(string message) => Log(LogLevel.Information, message);
    void LogWarning(string message) => Log(LogLevel.Warning, message);
    void LogError(string message) => Log(LogLevel.Error, message);
    void LogCritical(string message) => Log(LogLevel.Critical, message);
    void Log(string level, string message, params object[] args) => Log(level, message);
    void Log(string level, Exception exception, string message, params object[] args) => Log(level, message);
    void LogInformation(string message, params object[] args) => Log(LogLevel.Information.ToString(), message, args);
    void LogError(Exception exception, string message, params object[] args) => Log(LogLevel.Error.ToString(), exception, message, args);
}

public static class SnapshotRestore
{
    private static readonly ConcurrentQueue<Func<ValueTask>> BeforeSnapshot = new();
    private static readonly ConcurrentQueue<Func<ValueTask>> AfterRestore = new();

    public static void RegisterBeforeSnapshot(Func<ValueTask> beforeSnapshotAction) => BeforeSnapshot.Enqueue(beforeSnapshotAction);
    public static void RegisterAfterRestore(Func<ValueTask> afterRestoreAction) => AfterRestore.Enqueue(afterRestoreAction);

    internal static void CopyBeforeSnapshotCallbacksToRegistry(Action<Func<ValueTask>> restoreHooksRegistryMethod)
    {
        while (BeforeSnapshot.TryDequeue(out var action)) restoreHooksRegistryMethod(action);
    }

    internal static void CopyAfterRestoreCallbacksToRegistry(Action<Func<ValueTask>> restoreHooksRegistryMethod)
    {
        while (AfterRestore.TryDequeue(out var action)) restoreHooksRegistryMethod(action);
    }
}

public static class LambdaLogger
{
#pragma warning disable IDE0044
    private static Action<string> _loggingAction = Console.WriteLine;
    private static Action<string, string, object[]> _loggingWithLevelAction = (level, message, args) => Console.WriteLine(message);
    private static Action<string, Exception, string, object[]> _loggingWithLevelAndExceptionAction = (level, exception, message, args) => Console.WriteLine(message);
#pragma warning restore IDE0044

    public static void Log(string message) => _loggingAction(message);
    public static void Log(LogLevel level, string message, params object[] args) => _loggingWithLevelAction(level.ToString(), message, args);
    public static void Log(LogLevel level, Exception exception, string message, params object[] args) => _loggingWithLevelAndExceptionAction(level.ToString(), exception, message, args);
}

public interface ILambdaSerializer
{
    T Deserialize<T>(Stream requestStream);
    void Serialize<T>(T response, Stream responseStream);
}

[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Method)]
public sealed class LambdaSerializerAttribute(Type serializerType) : Attribute
{
    public Type SerializerType { get; set; } = serializerType;
}
