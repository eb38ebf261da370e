/**
 * How far CodeDeploy is with green. `betweenBatches`: every target that has begun is installed, some have come to
 * BeforeAllowTraffic, and the rest have not begun: CodeDeploy waits for the former before it begins with the rest (F4).
 */
export type Progress = {
  readonly step: 'installing' | 'betweenBatches' | 'installed' | 'shifting' | 'arrived'
  /** Ids of the instances that CodeDeploy itself failed: the step ignores them, and they never count as healthy. */
  readonly failed: ReadonlySet<string>
  /** Ids of the instances that have not finished ValidateService. */
  readonly waitingFor: readonly string[]
  /**
   * When the last of the instances that are at BeforeAllowTraffic came there, in milliseconds since 1970: since then
   * green's scripts ask for the gate. Undefined where no instance is there: then somebody else asks.
   */
  readonly askingSince: number | undefined
}

/** A Lambda or ECS deployment installs nothing on the instances of an Auto Scaling group. */
export const nothingToInstall: Progress = {
  step: 'installed',
  failed: new Set(),
  waitingFor: [],
  askingSince: undefined,
}
