/** The definition of an API is wrong: its owner has to change it. The message says what is wrong. */
export class DefinitionFault extends Error {}
