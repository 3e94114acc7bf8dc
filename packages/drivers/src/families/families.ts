import { dotnet } from "./dotnet.ts";
import type { RuntimeFamily } from "./family.ts";
import { java } from "./java.ts";
import { nodejs } from "./nodejs.ts";
import { provided } from "./provided.ts";
import { python } from "./python.ts";
import { ruby } from "./ruby.ts";

/** Every language that Hearth runs. */
export const FAMILIES: readonly RuntimeFamily[] = [nodejs, python, ruby, java, dotnet, provided];
