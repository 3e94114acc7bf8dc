import type { House } from "@hearth/access";
import type { Topics } from "@hearth/topics";

/** What SNS needs of a process, besides what every service needs. */
export interface TopicsHouse extends House {
  readonly topics: Topics;
  /** Whether there is a mail server for subscriptions by email. */
  readonly sendsMail: boolean;
}

export interface SnsDeps {
  readonly topics: Topics;
  readonly sendsMail: boolean;
  readonly disk: House["disk"];
  readonly random: House["random"];
}

export function openSnsDeps({ topics, sendsMail, disk, random }: TopicsHouse): SnsDeps {
  return { topics, sendsMail, disk, random };
}
