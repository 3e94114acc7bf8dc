using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hearth;

enum LogLevel { Trace, Debug, Information, Warning, Error, Critical }

/// <summary>The lines of loggers, of Console.WriteLine and of the runtime, as on AWS. https://docs.aws.amazon.com/lambda/latest/dg/csharp-logging.html</summary>
static class Log
{
    const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
    /// <summary>One record is one log event: a newline inside it travels as NUL, which Hearth's reader turns back.</summary>
    const char InnerNewline = '\0';
    static readonly string[] Labels = ["trce", "dbug", "info", "warn", "fail", "crit"];
    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly object Turn = new();
    static readonly Stream Output = Console.OpenStandardOutput();

    static bool isJson;
    static bool isPlain;
    static LogLevel minimum = LogLevel.Information;

    public static string RequestId { get; set; } = "";

    /// <summary>Follows the function's environment; Console.WriteLine writes such lines from now on.</summary>
    public static void Install()
    {
        isJson = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_FORMAT") == "JSON";
        isPlain = string.Equals(Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_FORMAT"), "Unformatted", StringComparison.OrdinalIgnoreCase);
        var named = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_LEVEL") ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_LEVEL");
        minimum = LevelOf(named) ?? LogLevel.Information;
        Console.SetOut(new ConsoleLines(nameof(LogLevel.Information)));
        Console.SetError(new ConsoleLines(nameof(LogLevel.Error)));
    }

    public static void Write(LogLevel level, Exception? error, string? message, object?[]? values) => Write(level.ToString(), error, message, values);

    /// <summary>A level that is none of AWS's is written as it is; null stands for a message that has its own.</summary>
    public static void Write(string? level, Exception? error, string? message, object?[]? values)
    {
        var known = LevelOf(level);
        if (known < minimum) return;
        var template = values is { Length: > 0 } && message is not null ? new MessageTemplate(message) : null;
        var text = template?.Format(values!) ?? message ?? "";
        var line = isJson ? JsonLine(known, error, text, template, values) : isPlain ? WithError(text, error) : TextLine(known, level, error, text);
        Emit(line.ReplaceLineEndings("\n").Replace('\n', InnerNewline) + "\n");
    }

    /// <summary>As it is: what Console.Write is given.</summary>
    public static void Emit(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        lock (Turn)
        {
            Output.Write(bytes);
            Output.Flush();
        }
    }

    static LogLevel? LevelOf(string? name) => name?.ToUpperInvariant() switch
    {
        "TRACE" => LogLevel.Trace,
        "DEBUG" => LogLevel.Debug,
        "INFORMATION" or "INFO" => LogLevel.Information,
        "WARNING" or "WARN" => LogLevel.Warning,
        "ERROR" => LogLevel.Error,
        "CRITICAL" or "FATAL" => LogLevel.Critical,
        _ => null,
    };

    static string TextLine(LogLevel? known, string? level, Exception? error, string text)
    {
        var label = known is { } one ? Labels[(int)one] : level;
        var start = $"{Now()}\t{RequestId}\t";
        return (string.IsNullOrEmpty(label) ? start : $"{start}{label}\t") + WithError(text, error);
    }

    static string WithError(string text, Exception? error) => error is null ? text : text.Length == 0 ? Errors.Text(error) : $"{text}\n{Errors.Text(error)}";

    static string JsonLine(LogLevel? level, Exception? error, string text, MessageTemplate? template, object?[]? values)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Json))
        {
            writer.WriteStartObject();
            writer.WriteString("timestamp", Now());
            writer.WriteString("level", (level ?? LogLevel.Information).ToString());
            if (RequestId.Length > 0) writer.WriteString("requestId", RequestId);
            writer.WriteString("message", text);
            template?.WriteMembers(writer, values!);
            if (error is not null)
            {
                writer.WriteString("errorType", error.GetType().FullName);
                writer.WriteString("errorMessage", Errors.MessageOf(error));
                writer.WriteStartArray("stackTrace");
                foreach (var frame in Errors.Text(error).Split('\n')) writer.WriteStringValue(frame.Trim());
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    static string Now() => DateTime.UtcNow.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>Console.Out and Console.Error: what WriteLine is given is one log event, whatever its lines; Write passes on text as it is.</summary>
sealed class ConsoleLines(string level) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value) => Log.Write(level, null, value, null);
    public override void WriteLine() => WriteLine("");
    // TextWriter's other forms of WriteLine end in these.
    public override void WriteLine(ReadOnlySpan<char> buffer) => WriteLine(buffer.ToString());
    public override void WriteLine(char[] buffer, int index, int count) => WriteLine(new string(buffer, index, count));
    public override void WriteLine(char value) => WriteLine(value.ToString());
    public override void WriteLine(object? value) => WriteLine(Convert.ToString(value, CultureInfo.InvariantCulture));
    public override void WriteLine(StringBuilder? value) => WriteLine(value?.ToString());
    public override void WriteLine(bool value) => WriteLine(value.ToString());
    public override void WriteLine(int value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(uint value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(long value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(ulong value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(float value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(double value) => WriteLine(value.ToString(FormatProvider));
    public override void WriteLine(decimal value) => WriteLine(value.ToString(FormatProvider));
    public override System.Threading.Tasks.Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return System.Threading.Tasks.Task.CompletedTask;
    }
    public override System.Threading.Tasks.Task WriteLineAsync(char value) => WriteLineAsync(value.ToString());
    public override System.Threading.Tasks.Task WriteLineAsync(char[] buffer, int index, int count) => WriteLineAsync(new string(buffer, index, count));

    public override void Write(char value) => Log.Emit(value.ToString());
    public override void Write(string? value)
    {
        if (!string.IsNullOrEmpty(value)) Log.Emit(value);
    }
    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));
    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());
}
