/** A change of the database's clock that is not the passing of time. */
export interface ClockJump {
  /** How far the clock was moved; negative when it was set back. */
  readonly jumpMs: number;
  /** The jump happened at most this long ago. Times written since then are on the new clock already. */
  readonly sinceMs: number;
}
