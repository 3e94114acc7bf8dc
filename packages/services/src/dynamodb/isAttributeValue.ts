// What of requests needs no further look: values and maps of values of the right types without unknown members. Everything else is left to the schemas, which say
// what is wrong with it. A value may have no member or several here as there; `checkValue` refuses it.

/** Whether a value of a JSON request is an AttributeValue that can be taken as it is. Its depth was limited when it was parsed. */
export function isAttributeValue(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (!isMember(name, value[name])) return false;
  return true;
}

/** As `isAttributeValue`, of attributes by name. */
export function isAttributeMap(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (!isAttributeValue(value[name])) return false;
  return true;
}

/** As `isAttributeValue`, of texts by name. */
export function isTextMap(value: unknown): boolean {
  if (!isObject(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

function isMember(type: string, value: unknown): boolean {
  switch (type) {
    case "S":
    case "N":
      return typeof value === "string";
    case "B":
      return value instanceof Uint8Array;
    case "BOOL":
    case "NULL":
      return typeof value === "boolean";
    case "SS":
    case "NS":
      return Array.isArray(value) && value.every((member) => typeof member === "string");
    case "BS":
      return Array.isArray(value) && value.every((member) => member instanceof Uint8Array);
    case "L":
      return Array.isArray(value) && value.every(isAttributeValue);
    case "M":
      return isAttributeMap(value);
    default:
      return false;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
