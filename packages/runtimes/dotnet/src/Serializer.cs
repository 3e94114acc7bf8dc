using System;
using System.IO;
using System.Linq;
using System.Reflection;

namespace Hearth;

/// <summary>The function's own serializer: an instance of the class that its LambdaSerializerAttribute names.</summary>
sealed class Serializer
{
    const string AttributeName = "Amazon.Lambda.Core.LambdaSerializerAttribute";
    const string InterfaceName = "Amazon.Lambda.Core.ILambdaSerializer";

    readonly Type shape;

    public Serializer(object instance, Type shape) => (Instance, this.shape) = (instance, shape);

    public object Instance { get; }

    /// <summary>Of the method, or else of the assembly; null where neither names one.</summary>
    public static Serializer? Of(MethodInfo method, Assembly assembly)
    {
        var attribute = Named(method.GetCustomAttributes()) ?? Named(assembly.GetCustomAttributes());
        if (attribute is null) return null;
        var name = attribute.GetType().FullName;
        var property = attribute.GetType().GetProperty("SerializerType")
            ?? throw Handler.Invalid($"The '{name}' class is invalid: no 'SerializerType' property detected.");
        var type = property.GetValue(attribute) as Type
            ?? throw Handler.Invalid($"The 'SerializerType' property on attribute class '{name}' is not set.");
        var constructor = type.GetConstructor(Type.EmptyTypes)
            ?? throw Handler.Invalid($"The indicated serializer '{type.FullName}' does not define a public zero-parameter constructor.");
        var shape = type.GetInterface(InterfaceName)
            ?? throw Handler.Invalid($"The '{type.FullName}' class is invalid: it does not implement the 'ILambdaSerializer' interface.");
        return new Serializer(constructor.Invoke(null), shape);
    }

    static Attribute? Named(System.Collections.Generic.IEnumerable<Attribute> attributes) =>
        attributes.SingleOrDefault(one => one.GetType().FullName == AttributeName);

    public Func<Stream, object?> ReaderOf(Type type)
    {
        var method = MethodInvoker.Create(MethodNamed("Deserialize").MakeGenericMethod(type));
        return stream => method.Invoke(Instance, stream);
    }

    public Action<object?, Stream> WriterOf(Type type)
    {
        var method = MethodInvoker.Create(MethodNamed("Serialize").MakeGenericMethod(type));
        return (value, stream) => method.Invoke(Instance, value, stream);
    }

    MethodInfo MethodNamed(string name) =>
        shape.GetMethod(name) ?? throw Handler.Invalid($"The type '{shape.FullName}' does not match the expected shape of '{InterfaceName}': '{name}' method not found.'.");

    /// <summary>AWS's words where a function has none, and needs one.</summary>
    public static LambdaValidationException Missing(string what, Type type, MethodInfo method, Assembly assembly) =>
        Handler.Invalid($"Could not find the LambdaSerializerAttribute on the assembly '{assembly.GetName().Name}' or method '{method.Name}' while attempting to {what} data of type '{type.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with {AttributeName}.");
}
