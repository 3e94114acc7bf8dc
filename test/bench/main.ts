// `npm run bench`: the numbers promised in docs/specification.md, as ratios to floors of the same run.
await import("./warmInvoke.ts");
await import("./extensions.ts");
await import("./functionUrls.ts");
await import("./neighbours.ts");
await import("./queues.ts");
await import("./topics.ts");
await import("./objects.ts");
await import("./eventBuses.ts");
await import("./iot.ts");
await import("./logs.ts");
await import("./eventSources.ts");
await import("./recordLatency.ts");
await import("./tables.ts");
await import("./events.ts");
await import("./queuesAtRest.ts");
await import("./schedules.ts");
await import("./metrics.ts");
