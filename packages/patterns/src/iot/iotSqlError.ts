/** A rule's SQL statement, or a template of an action, that cannot be used. The message says where and why. */
export class IotSqlError extends Error {}
