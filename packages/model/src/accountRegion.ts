/** Where a resource lives. Every regional resource belongs to one account and one region; names are unique within the two together. */
export interface AccountRegion {
  /** 12 digits. */
  readonly accountId: string;
  /** As in ARNs and credential scopes, such as `us-east-1`. */
  readonly region: string;
}
