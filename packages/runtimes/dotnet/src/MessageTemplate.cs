using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;

namespace Hearth;

/// <summary>
/// A log message with places for values: `{name}`, `{0}`, with a format as `{price:C}`, and `{@order}` for its JSON. `{{` and `}}` stand for braces.
/// https://docs.aws.amazon.com/lambda/latest/dg/csharp-logging.html
/// </summary>
sealed class MessageTemplate
{
    const int ShownBytes = 16;
    const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
    readonly record struct Place(string Token, string Name, string? Format, bool IsJson);

    /// <summary>Text and places in turn, the text first.</summary>
    readonly List<string> texts = [];
    readonly List<Place> places = [];
    readonly bool isPositional;

    public MessageTemplate(string template)
    {
        var text = new StringBuilder();
        for (var at = 0; at < template.Length; at++)
        {
            var character = template[at];
            var isDouble = at + 1 < template.Length && template[at + 1] == character;
            if (character is '{' or '}' && isDouble) at++;
            else if (character == '{' && template.IndexOf('}', at) is var end and > 0 && end > at + 1)
            {
                places.Add(PlaceOf(template[(at + 1)..end]));
                texts.Add(text.ToString());
                text.Clear();
                at = end;
                continue;
            }
            text.Append(character);
        }
        texts.Add(text.ToString());
        var positions = places.Select(place => int.TryParse(place.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : -1).Distinct().Order().ToList();
        isPositional = positions.SequenceEqual(Enumerable.Range(0, positions.Count));
    }

    static Place PlaceOf(string token)
    {
        var isJson = token.StartsWith('@');
        var parts = token[(isJson ? 1 : 0)..].Split(':', 2);
        var format = parts.Length > 1 && parts[1].Trim().Length > 0 ? parts[1].Trim() : null;
        return new Place("{" + token + "}", parts[0].Trim(), format, isJson);
    }

    public string Format(object?[] values)
    {
        var line = new StringBuilder(texts[0]);
        for (var at = 0; at < places.Count; at++) line.Append(Has(at, values) ? TextOf(places[at], ValueOf(at, values)) : places[at].Token).Append(texts[at + 1]);
        return line.ToString();
    }

    bool Has(int at, object?[] values) => (isPositional ? int.Parse(places[at].Name, CultureInfo.InvariantCulture) : at) < values.Length;
    object? ValueOf(int at, object?[] values) => values[isPositional ? int.Parse(places[at].Name, CultureInfo.InvariantCulture) : at];

    static string TextOf(Place place, object? value) => value switch
    {
        byte[] bytes => Hexadecimal(bytes),
        null or IList or IDictionary => place.Token,
        _ when place.Format is not null => Formatted(value, place.Format),
        DateTime time => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString(TimeFormat, CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    static string Formatted(object value, string format)
    {
        try
        {
            return value is IFormattable formattable ? formattable.ToString(format, null) : value.ToString() ?? "";
        }
        catch (FormatException)
        {
            return value.ToString() ?? "";
        }
    }

    static string Hexadecimal(byte[] bytes)
    {
        var shown = Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, ShownBytes)));
        return bytes.Length > ShownBytes ? $"{shown}... ({bytes.Length} bytes)" : shown;
    }

    /// <summary>Each named value is a member of the record.</summary>
    public void WriteMembers(Utf8JsonWriter writer, object?[] values)
    {
        var written = new HashSet<string>();
        for (var at = 0; at < places.Count; at++)
        {
            if (!Has(at, values) || ValueOf(at, values) is not { } value || !written.Add(places[at].Name)) continue;
            writer.WritePropertyName(places[at].Name);
            WriteValue(writer, places[at], value);
        }
    }

    static void WriteValue(Utf8JsonWriter writer, Place place, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case var _ when place.IsJson:
                writer.WriteRawValue(JsonSerializer.Serialize(value));
                break;
            case IDictionary members:
                writer.WriteStartObject();
                foreach (DictionaryEntry member in members)
                {
                    writer.WritePropertyName(member.Key.ToString() ?? "");
                    WriteValue(writer, place, member.Value);
                }
                writer.WriteEndObject();
                break;
            case IList items and not byte[]:
                writer.WriteStartArray();
                foreach (var item in items) WriteValue(writer, place, item);
                writer.WriteEndArray();
                break;
            case bool flag when place.Format is null:
                writer.WriteBooleanValue(flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal when place.Format is null:
                writer.WriteRawValue(JsonSerializer.Serialize(value, value.GetType()));
                break;
            default:
                writer.WriteStringValue(TextOf(place, value));
                break;
        }
    }
}
