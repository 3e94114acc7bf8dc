/** Another version of Hearth or of PostgreSQL has made the database. The message says what to do. */
export class OtherVersionError extends Error {}
