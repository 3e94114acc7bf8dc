/** Deliveries without a run of a function in between; a loop of functions that never run, or of queues, topics and buses, ends here. */
export const MAX_HOPS = 64;
