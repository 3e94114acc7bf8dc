using System.IO;

namespace Bench;

/// <summary>The no-op function of the bench.</summary>
public class Noop
{
    public Stream Run(Stream input) => input;
}
