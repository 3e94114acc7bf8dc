using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hearth;

/// <summary>AWS's documents about errors.</summary>
static class Errors
{
    const int LargestBytes = 256 * 1024;
    const int DeepestCause = 50;
    const int ShortMessage = 4096;
    const string OwnFrame = "at Hearth.";
    static readonly byte[] TooLarge = """{"errorMessage": "Exception exceeded maximum payload size of 256KB."}"""u8.ToArray();
    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string TypeOf(Exception error) => error.GetType().Name;

    public static byte[] Document(Exception error)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Json)) Write(writer, error, 0);
        return buffer.WrittenCount > LargestBytes ? TooLarge : buffer.WrittenSpan.ToArray();
    }

    /// <summary>Without its frames and causes, for where little fits.</summary>
    public static byte[] ShortDocument(Exception error)
    {
        var message = MessageOf(error);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Json))
        {
            writer.WriteStartObject();
            writer.WriteString("errorType", TypeOf(error));
            writer.WriteString("errorMessage", message.Length > ShortMessage ? message[..ShortMessage] : message);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    static void Write(Utf8JsonWriter writer, Exception error, int depth)
    {
        writer.WriteStartObject();
        writer.WriteString("errorType", TypeOf(error));
        writer.WriteString("errorMessage", MessageOf(error));
        var frames = FramesOf(error).ToList();
        if (frames.Count > 0)
        {
            writer.WriteStartArray("stackTrace");
            foreach (var frame in frames) writer.WriteStringValue(frame);
            writer.WriteEndArray();
        }
        if (error.InnerException is { } cause && depth < DeepestCause)
        {
            writer.WritePropertyName("cause");
            Write(writer, cause, depth + 1);
        }
        if (error is AggregateException { InnerExceptions.Count: > 0 } several && depth < DeepestCause)
        {
            writer.WriteStartArray("causes");
            foreach (var one in several.InnerExceptions) Write(writer, one, depth + 1);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }

    /// <summary>A function's own exception may fail even there.</summary>
    public static string MessageOf(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception broken)
        {
            return $"the error cannot be shown: its message threw {broken.GetType()}";
        }
    }

    /// <summary>The frames of the function, above those of this runtime and of the reflection that it calls by.</summary>
    static IEnumerable<string> FramesOf(Exception error)
    {
        var frames = (error.StackTrace ?? "").Split('\n').Select(frame => frame.Trim()).Where(frame => frame.Length > 0).ToList();
        var own = frames.FindIndex(frame => frame.StartsWith(OwnFrame, StringComparison.Ordinal));
        if (own >= 0) frames = frames.Take(own).ToList();
        while (frames.Count > 0 && IsReflection(frames[^1])) frames.RemoveAt(frames.Count - 1);
        return frames;
    }

    static bool IsReflection(string frame) =>
        frame.StartsWith("at System.Reflection.", StringComparison.Ordinal) || frame.StartsWith("at InvokeStub_", StringComparison.Ordinal)
        || frame.StartsWith("at System.RuntimeMethodHandle.", StringComparison.Ordinal);

    /// <summary>As the exception shows itself, without the frames of this runtime.</summary>
    public static string Text(Exception error)
    {
        string text;
        try
        {
            text = error.ToString();
        }
        catch (Exception)
        {
            text = $"{error.GetType()}: {MessageOf(error)}";
        }
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r'));
        return string.Join("\n", lines.Where(line => line.Trim() is var frame && !frame.StartsWith(OwnFrame, StringComparison.Ordinal) && !IsReflection(frame)));
    }
}
