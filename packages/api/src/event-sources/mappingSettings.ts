import { type EventSourceSettings, InvalidParameterValueException, type KafkaEventSourceConfig } from "@hearth/model";
import { checkMembers, checkSettings, isEmpty } from "./checkSettings.ts";
import { type EventSourceKind, kindOf } from "./kinds.ts";

/** Members that an empty value removes. */
const REMOVABLE: readonly (keyof EventSourceSettings)[] = [
  "FilterCriteria",
  "KMSKeyArn",
  "ScalingConfig",
  "MetricsConfig",
  "LoggingConfig",
  "ProvisionedPollerConfig",
];

/** The settings of a new mapping, with AWS's defaults. Throws InvalidParameterValueException when AWS's rules are violated. */
export function newSettings(
  given: EventSourceSettings,
  source: { readonly EventSourceArn: string | undefined; readonly UUID: string },
  now: number,
): EventSourceSettings {
  const { EventSourceArn, UUID } = source;
  const kind = kindOf(EventSourceArn, given);
  checkMembers(kind, given);
  return checked(
    kind,
    withDefaults(kind, { ...kind.defaults, ...present(given) }, { ConsumerGroupId: UUID }),
    EventSourceArn,
    now,
  );
}

/** The settings after an update. Each given member replaces the current one. */
export function changedSettings(
  current: EventSourceSettings,
  given: EventSourceSettings,
  EventSourceArn: string | undefined,
  now: number,
): EventSourceSettings {
  const kind = kindOf(EventSourceArn, current);
  checkMembers(kind, given);
  const consumer = current.AmazonManagedKafkaEventSourceConfig ?? current.SelfManagedKafkaEventSourceConfig;
  const requested = given.AmazonManagedKafkaEventSourceConfig ?? given.SelfManagedKafkaEventSourceConfig;
  if (requested?.ConsumerGroupId !== undefined && requested.ConsumerGroupId !== consumer?.ConsumerGroupId) {
    throw new InvalidParameterValueException("The ConsumerGroupId of an event source mapping cannot be updated.");
  }
  const ConsumptionMode = current.SelfManagedKafkaEventSourceConfig?.ConsumptionMode;
  const mode = given.SelfManagedKafkaEventSourceConfig?.ConsumptionMode;
  if (mode !== undefined && mode !== (ConsumptionMode ?? "Stream")) {
    throw new InvalidParameterValueException("The ConsumptionMode of an event source mapping cannot be updated.");
  }
  const merged = { ...current, ...present(given) };
  const kept = { ConsumerGroupId: consumer?.ConsumerGroupId ?? "", ...(ConsumptionMode && { ConsumptionMode }) };
  return checked(kind, withDefaults(kind, merged, kept), EventSourceArn, now);
}

function checked(
  kind: EventSourceKind,
  settings: EventSourceSettings,
  EventSourceArn: string | undefined,
  now: number,
): EventSourceSettings {
  const kept = Object.entries(settings).flatMap(([name, value]) => {
    if (!kind.members.has(name as keyof EventSourceSettings)) return [];
    if (REMOVABLE.includes(name as keyof EventSourceSettings) && isEmpty(value)) return [];
    return [[name, name === "DestinationConfig" ? destination(settings.DestinationConfig) : value] as const];
  });
  const result: EventSourceSettings = Object.fromEntries(kept);
  checkSettings(kind, result, { EventSourceArn, now });
  return result;
}

/** Adds the defaults that depend on other settings: of Kafka's consumers and DocumentDB's `FullDocument`. */
function withDefaults(
  kind: EventSourceKind,
  settings: EventSourceSettings,
  consumer: KafkaEventSourceConfig,
): EventSourceSettings {
  const { AmazonManagedKafkaEventSourceConfig, SelfManagedKafkaEventSourceConfig, DocumentDBEventSourceConfig } =
    settings;
  switch (kind.name) {
    case "MSK":
      return {
        ...settings,
        AmazonManagedKafkaEventSourceConfig: { ...consumer, ...AmazonManagedKafkaEventSourceConfig },
      };
    case "self-managed Kafka": {
      const config = { ...consumer, ...SelfManagedKafkaEventSourceConfig };
      const position = config.ConsumptionMode === "Queue" ? {} : ({ StartingPosition: "TRIM_HORIZON" } as const);
      return { ...position, ...settings, SelfManagedKafkaEventSourceConfig: config };
    }
    case "DocumentDB":
      return DocumentDBEventSourceConfig
        ? { ...settings, DocumentDBEventSourceConfig: { FullDocument: "Default", ...DocumentDBEventSourceConfig } }
        : settings;
    default:
      return settings;
  }
}

/** Contains `OnFailure` where there is a configuration, as on AWS. An empty destination removes the stored one. */
function destination(config: EventSourceSettings["DestinationConfig"]): EventSourceSettings["DestinationConfig"] {
  if (config?.OnSuccess?.Destination) {
    throw new InvalidParameterValueException(
      "Unsupported DestinationConfig parameter for given event source mapping type.",
    );
  }
  const Destination = config?.OnFailure?.Destination;
  return { OnFailure: Destination ? { Destination } : {} };
}

/** The members that were given. Refuses an OnFailure without a destination. */
function present(given: EventSourceSettings): EventSourceSettings {
  const onFailure = given.DestinationConfig?.OnFailure;
  if (onFailure && onFailure.Destination === undefined) {
    throw new InvalidParameterValueException("The Destination field is required for an OnFailure configuration.");
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
