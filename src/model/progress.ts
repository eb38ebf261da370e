/**
 * How far CodeDeploy is with green. `betweenBatches`: every target that has begun is installed, some have come to
 * BeforeAllowTraffic, and the rest have not begun: CodeDeploy waits for the former before it begins with the rest (F4).
 */
export type Progress = {
  /** False: only the instances that CodeDeploy gave up were asked for. */
  readonly isWhole: boolean
  readonly step: 'installing' | 'betweenBatches' | 'installed' | 'shifting' | 'arrived'
  /** Ids of the instances that CodeDeploy itself gave up: the step ignores them, and they never count as healthy. */
  readonly givenUp: ReadonlySet<string>
  /** Ids of all green instances that CodeDeploy lists, those that it gave up among them. */
  readonly listed: ReadonlySet<string>
  /** Ids of the instances that have not finished ValidateService. */
  readonly waitingFor: readonly string[]
  /**
   * Whether CodeDeploy has begun to give traffic to any green instance, whatever became of it since. Undefined where it
   * lists none, or one without its events: that does not say that no traffic has moved.
   */
  readonly hasBegunTraffic: boolean | undefined
  /** Ids of the instances at BeforeAllowTraffic: then the deployment's own AppSpec asks for the gate. */
  readonly asking: readonly string[]
  /** When the last of those instances came there, in milliseconds since 1970; undefined where CodeDeploy does not say. */
  readonly askingSince: number | undefined
}

/** A Lambda or ECS deployment installs nothing on the instances of an Auto Scaling group. */
export const nothingToInstall: Progress = {
  isWhole: true,
  step: 'installed',
  givenUp: new Set(),
  listed: new Set(),
  waitingFor: [],
  hasBegunTraffic: false,
  asking: [],
  askingSince: undefined,
}
