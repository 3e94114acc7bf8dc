/** The installation that a container, network or volume belongs to. */
export const INSTALLATION_LABEL = "hearth.installation";
/** The id of the sandbox that a container is. */
export const SANDBOX_LABEL = "hearth.sandbox";
/** A container that holds the network of a sandbox. */
export const NETWORK_LABEL = "hearth.network";
