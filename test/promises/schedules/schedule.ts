import fc from 'fast-check'
import type { Switches } from '../../../simulator/simulate.ts'
import { type Refusal, refusals } from '../../../simulator/wire/refusals.ts'
import { scalingProcesses } from '../../../simulator/world/scaling.ts'

/** When every schedule begins. */
export const start = new Date('2026-11-23T09:00:00Z')

/** What happens now, as a line of a story. */
export const storyLine = (what: string): string =>
  `${((Date.now() - start.getTime()) / 1000).toFixed(3).padStart(9)} s  ${what}`

/** What becomes of a notification that CodeDeploy sends (F35). */
export type Delivery = 'once' | 'lost' | 'doubled' | 'fiveTimes' | 'late' | 'reordered'

/** What people and accidents do, to the newest deployment and its green unless it says otherwise. */
export type Happening =
  | {
      readonly what:
        | 'continue'
        | 'roll back'
        | 'call'
        | 'break an instance of green'
        | 'fail the checks of green'
        | 'attach by hand'
        | 'detach by hand'
        | 'strip tags'
        | 'refresh the instances of green'
    }
  /** In the value `{id}` is the id of the newest deployment. */
  | { readonly what: 'write a tag'; readonly key: string; readonly value: string }
  /** The deployment group with which the test target groups are shared has a release of its own. */
  | { readonly what: 'deploy beside'; readonly healthy: boolean }
  | { readonly what: 'stop'; readonly rollBack: boolean }
  | {
      readonly what: 'scale'
      readonly whom: 'green' | 'blue'
      readonly to: number
      readonly by: 'alarm' | 'schedule' | 'hand'
    }
  | { readonly what: 'suspend' | 'resume'; readonly process: (typeof scalingProcesses)[number] }
  | { readonly what: 'choose a mode'; readonly mode: string }

/** What goes wrong with one request of Greenlight's, counted from the first. */
export type Accident = {
  readonly request: number
  readonly what:
    | ('dies before' | 'dies after' | 'throttle' | 'error500' | 'reset' | 'resetAfter' | 'hangAfter' | 'empty')
    | Refusal
}

const modes = ['observe', 'heal', 'gate'] as const

/** Everything that is left to chance in a few deployments that follow one another in one deployment group. */
export type Schedule = {
  readonly mode: (typeof modes)[number]
  /** How AWS behaves where its documents are silent. */
  readonly switches: Partial<Switches>
  /** Instances of blue; where they are weighted, its units. */
  readonly instances: number
  readonly weighted: boolean
  /** Green is a standing group, the same for each deployment until one succeeds, instead of a copy (F17). */
  readonly discovers: boolean
  readonly targetGroups: 1 | 2
  /**
   * How a gate proves green: by attaching; or in test target groups of its own, in some that it shares with another deployment
   * group, or in some whose owner has not agreed.
   */
  readonly tests: 'none' | 'own' | 'shared' | 'withheld'
  readonly batches: 'AllAtOnce' | 'HalfAtATime' | 'OneAtATime'
  readonly waitsAtReady: boolean
  readonly terminationMinutes: number
  readonly keepsBlue: boolean
  readonly autoRollback: boolean
  /** Sweeps go on all the while, and heal; otherwise each end is notified once more when all is over. */
  readonly sweeps: boolean
  readonly releases: readonly {
    readonly healthy: boolean
    /** One instance of blue cannot be taken out of the load balancer (F8). */
    readonly failsHalfway: boolean
    /** Seconds after Ready at which a person continues it; undefined: no person does. */
    readonly continuedAfter: number | undefined
    /** Seconds between the end of the deployment before and this one. */
    readonly after: number
  }[]
  /** One for each notification, again and again. */
  readonly deliveries: readonly Delivery[]
  /** In seconds from the beginning. */
  readonly happenings: readonly (Happening & { readonly at: number })[]
  readonly accidents: readonly Accident[]
  /**
   * Which request goes, each time that some wait: 0 is the one that waits longest, 1 the next and so on; beyond the last one
   * time passes instead. When the numbers are used up, no request waits any more.
   */
  readonly turns: readonly number[]
}

/**
 * Suspended processes that are copied without their record look like a person's. Greenlight cannot know better, so this
 * combination is left out (F16).
 */
const copies = fc.constantFrom(
  { copyCarriesTags: true, copyCarriesSuspendedProcesses: true },
  { copyCarriesTags: true, copyCarriesSuspendedProcesses: true },
  { copyCarriesTags: true, copyCarriesSuspendedProcesses: false },
  { copyCarriesTags: false, copyCarriesSuspendedProcesses: false },
)

const otherSwitches: fc.Arbitrary<Partial<Switches>> = fc.record({
  copyLosesTargetGroups: fc.constantFrom(true, true, true, false),
  scriptsBeforeReady: fc.boolean(),
  targetInstancesAbsentEarly: fc.boolean(),
  reattachIsError: fc.boolean(),
  terminatedTargetsLeave: fc.boolean(),
  trafficSourcesShowAsTargetGroups: fc.boolean(),
  rollbackTargetInstances: fc.constantFrom('empty', 'green', 'blue'),
  launchDeploymentStyle: fc.constantFrom('BLUE_GREEN', 'IN_PLACE'),
  readyNotifiedWithoutWait: fc.boolean(),
  successBeforeTerminationWait: fc.boolean(),
  greenNamedAt: fc.constantFrom('rerouting', 'success'),
  attachmentsShowAfter: fc.constantFrom(0, 0, 0, 3),
  attachmentsActAfter: fc.constantFrom(0, 0, 0, 3),
  attachRegistersThoughSuspended: fc.constantFrom(true, true, false),
  greenSuspendedAt: fc.constantFrom('rerouting', 'ready', 'never'),
  launchHookMovedAt: fc.constantFrom('rerouting', 'termination'),
  copyTagNamesItsDeployment: fc.boolean(),
})

/** Tags that anybody may write who may tag, and that say nothing that is so. */
const foreignTags: readonly Extract<Happening, { what: 'write a tag' }>[] = [
  { what: 'write a tag', key: 'greenlight:record', value: 'nonsense' },
  { what: 'write a tag', key: 'greenlight:record', value: 'd-NOBODY123' },
  { what: 'write a tag', key: 'greenlight:held', value: 'd-NOBODY123 1764000000 AlarmNotification' },
  { what: 'write a tag', key: 'greenlight:attached/web', value: 'd-NOBODY123 1764000000' },
  { what: 'write a tag', key: 'greenlight:testing/greenlight-web', value: 'd-NOBODY123 1764000000' },
  { what: 'write a tag', key: 'greenlight:testing/web', value: '{id} 1764000000' },
]

const happening: fc.Arbitrary<Happening & { at: number }> = fc
  .tuple(
    fc.nat(900),
    fc.oneof(
      fc.record({
        what: fc.constantFrom(
          ...(['continue', 'roll back', 'call', 'call', 'break an instance of green'] as const),
          ...(['fail the checks of green', 'attach by hand', 'detach by hand', 'strip tags'] as const),
          ...(['refresh the instances of green'] as const),
        ),
      }),
      fc.constantFrom(...foreignTags),
      fc.record({ what: fc.constant('stop' as const), rollBack: fc.boolean() }),
      fc.record({ what: fc.constant('deploy beside' as const), healthy: fc.constantFrom(true, true, false) }),
      fc.record({
        what: fc.constant('scale' as const),
        whom: fc.constantFrom('green' as const, 'blue' as const),
        to: fc.integer({ min: 1, max: 8 }),
        by: fc.constantFrom('alarm' as const, 'schedule' as const, 'hand' as const),
      }),
      fc.record({
        what: fc.constantFrom('suspend' as const, 'resume' as const),
        process: fc.constantFrom(...scalingProcesses),
      }),
      fc.record({ what: fc.constant('choose a mode' as const), mode: fc.constantFrom(...modes, 'heel') }),
    ),
  )
  .map(([at, what]) => ({ at, ...what }))

/** From then on AWS refuses each kind of change once. */
export const refusalNames = Object.keys(refusals) as readonly Refusal[]

const accident: fc.Arbitrary<Accident> = fc.record({
  request: fc.integer({ min: 1, max: 150 }),
  what: fc.constantFrom(
    ...(['dies before', 'dies after', 'dies before', 'dies after'] as const),
    ...(['throttle', 'error500', 'reset', 'resetAfter', 'hangAfter', 'empty'] as const),
    ...refusalNames,
  ),
})

const release: fc.Arbitrary<Schedule['releases'][number]> = fc.record({
  healthy: fc.constantFrom(true, true, true, false),
  failsHalfway: fc.constantFrom(false, false, false, true),
  continuedAfter: fc.option(fc.nat(200), { nil: undefined, freq: 4 }),
  after: fc.nat(120),
})

/** Any schedule; `given` fixes what is not to be left to chance. */
export const schedules = (given: Partial<Schedule> = {}): fc.Arbitrary<Schedule> =>
  fc
    .record({
      mode: fc.constantFrom('heal' as const, 'heal' as const, 'gate' as const, 'gate' as const, 'observe' as const),
      switches: fc.tuple(otherSwitches, copies).map(([others, copied]) => ({ ...others, ...copied })),
      instances: fc.constantFrom(1, 1, 1, 2, 2, 3, 5, 8),
      weighted: fc.constantFrom(false, false, false, false, true),
      discovers: fc.constantFrom(false, false, false, false, false, true),
      targetGroups: fc.constantFrom(1 as const, 1 as const, 2 as const),
      tests: fc.constantFrom(
        ...(['none', 'none', 'none', 'none', 'own', 'own', 'own', 'shared', 'shared', 'withheld'] as const),
      ),
      batches: fc.constantFrom(
        'AllAtOnce' as const,
        'AllAtOnce' as const,
        'HalfAtATime' as const,
        'OneAtATime' as const,
      ),
      waitsAtReady: fc.boolean(),
      terminationMinutes: fc.constantFrom(0, 0, 2, 10),
      keepsBlue: fc.constantFrom(false, false, false, true),
      autoRollback: fc.boolean(),
      sweeps: fc.constantFrom(false, false, false, true),
      releases: fc.oneof(
        { weight: 5, arbitrary: fc.array(release, { minLength: 1, maxLength: 1 }) },
        { weight: 2, arbitrary: fc.array(release, { minLength: 2, maxLength: 2 }) },
        { weight: 1, arbitrary: fc.array(release, { minLength: 3, maxLength: 3 }) },
      ),
      deliveries: fc.array(
        fc.constantFrom<Delivery>(
          'once',
          'once',
          'once',
          'once',
          'once',
          'lost',
          'lost',
          'doubled',
          'fiveTimes',
          'late',
          'reordered',
        ),
        { minLength: 1, maxLength: 12 },
      ),
      happenings: fc.array(happening, { maxLength: 5 }),
      accidents: fc.array(accident, { maxLength: 3 }),
      turns: fc.array(fc.nat(6), { maxLength: 300 }),
    })
    .map((drawn) => ({ ...drawn, ...(proves(drawn) && { mode: 'gate' as const }), ...given }))

/** Nobody but a gate registers in a test target group: without this one schedule in thirteen would. */
const proves = ({ mode, tests, waitsAtReady }: Pick<Schedule, 'mode' | 'tests' | 'waitsAtReady'>): boolean =>
  mode === 'heal' && waitsAtReady && (tests === 'own' || tests === 'shared')

/** Every notification is lost: sweeps alone must settle everything. */
export const everythingLost: Partial<Schedule> = { mode: 'heal', deliveries: ['lost'], sweeps: true }
