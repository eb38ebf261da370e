import { type Simulator, simulate } from '../simulator/simulate.ts'
import { virtualTime } from '../simulator/virtualTime.ts'
import type { Authorize } from '../simulator/wire/dispatch.ts'
import { attachedArns, inServiceOf } from '../simulator/world/state.ts'
import { authorizeByActions } from '../tools/actionTable.ts'
import { greenlight, greenlightSweep } from '../tools/greenlight.ts'
import { type Look, wrap } from './look.ts'
import { sentences, type Told } from './sentences.ts'
import { namesOf } from './story.ts'
import { type Cell, columns, grouped } from './table.ts'

/** Who decides whether a release goes on: nobody, or a gate that proves green by attaching or in a test target group. */
export type Way = 'nobody' | 'attaching' | 'testing'

/** What the simulator saw of a good release and a bad one. */
export type GateRun = {
  readonly copyLosesTargetGroups: boolean
  /** Of both releases, in the order of time. */
  readonly told: readonly Told[]
  /** When the bad one was created. */
  readonly badAt: number
  /** The status with which each deployment ended. */
  readonly good: string
  readonly bad: string
  /** What the bad one's green has at the end. */
  readonly left: {
    readonly attached: number
    readonly held: number
    readonly tags: number
    readonly registered: number
  }
  /** From the creation of the bad one, for as long in each way: what users asked, and how much the bad one's instances served. */
  readonly requests: { readonly all: number; readonly toBad: number; readonly failed: number }
  readonly connectionsCut: number
  /** How many instances of the good release serve at the end. */
  readonly serving: number
}

const blueName = 'web-blue'
const testName = 'greenlight-web'
const minute = 60_000
const watchedMinutes = 20

/**
 * Plays two releases, a good one and one that works on one of its two instances. No AppSpec names Greenlight: the deployment
 * group waits at Ready and carries the tag greenlight:mode=gate, and Greenlight knows of it by CodeDeploy's notifications alone.
 *
 * @param code the bundle of Greenlight's gate function; `sweepCode` that of its sweep
 * @param authorize decides Greenlight's calls; by default it allows the actions that template.yaml names
 */
export const playGate = async ({
  seed,
  copyLosesTargetGroups,
  authorize = authorizeByActions(),
  ...given
}: {
  seed: number
  copyLosesTargetGroups: boolean
  way: Way
  code: string
  sweepCode: string
  authorize?: Authorize
}): Promise<GateRun> => {
  const time = virtualTime()
  const simulator = await simulate({ seed, switches: { copyLosesTargetGroups }, authorize })
  try {
    return { copyLosesTargetGroups, ...(await time.run(playIn(simulator, given))) }
  } finally {
    await simulator.close()
    time.restore()
  }
}

/** Puts Greenlight into the world; what it says is heard. */
const deployGreenlight = async (simulator: Simulator, { code, sweepCode }: { code: string; sweepCode: string }) => {
  const verdicts: Told[] = []
  const hear = (line: string) => {
    const { message, verdict, reason } = JSON.parse(line) as Record<string, string>
    if (message === 'Verdict')
      verdicts.push({ at: simulator.clock.now(), who: 'Greenlight', what: `says ${verdict}: ${reason}.` })
  }
  simulator.world.createFunction(await greenlight(simulator, { code, log: hear }))
  simulator.world.createFunction(await greenlightSweep(simulator, { code: sweepCode }))
  return verdicts
}

const arrange = ({ world }: Simulator, way: Way) => {
  const { loadBalancerArns } = world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 60 })
  const tags = { 'greenlight:gated-by': 'shop/production' }
  if (way === 'testing') world.createTargetGroup({ name: testName, loadBalancerArns, tags })
  world.createAutoScalingGroup({ name: blueName, targetGroups: ['web'], desiredCapacity: 2 })
  world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: blueName,
    targetGroups: ['web'],
    // Where nobody decides, nothing waits.
    readyWaitMinutes: way === 'nobody' ? undefined : 60,
    tags: {
      ...(way !== 'nobody' && { 'greenlight:mode': 'gate' }),
      ...(way === 'testing' && { 'greenlight:test-target-groups': testName }),
    },
  })
}

const playIn = async (
  simulator: Simulator,
  { way, ...bundles }: { way: Way; code: string; sweepCode: string },
): Promise<Omit<GateRun, 'copyLosesTargetGroups'>> => {
  const { world, clock, calls, timeline, traffic } = simulator
  const verdicts = way === 'nobody' ? [] : await deployGreenlight(simulator, bundles)
  arrange(simulator, way)
  const deploy = (version: string) => {
    const id = world.deploy({ deploymentGroup: 'production', revision: { version } })
    return { id, green: `CodeDeploy_production_${id}` }
  }
  const good = deploy('v2')
  const goodStatus = await world.deploymentEnded(good.id)
  // Nobody waits until blue is drained and gone.
  await clock.sleep(7 * minute)

  const [badAt, before] = [clock.now(), traffic.count()]
  const bad = deploy('v3')
  while (inServiceOf(world, bad.green).length < 2) await clock.sleep(1_000)
  world.breakInstance(inServiceOf(world, bad.green)[1]?.instanceId ?? '')
  await clock.sleep(badAt + watchedMinutes * minute - clock.now())

  const names = namesOf(
    world,
    { [bad.green]: 'green-v3', [good.green]: 'green-v2', [blueName]: 'blue' },
    { [good.id]: 'v2', [bad.id]: 'v3' },
  )
  const told = sentences(
    { timeline: timeline.filter(({ who }) => who === 'CodeDeploy'), calls, names, deployments: [good.id, bad.id] },
    verdicts,
  )
  const group = world.autoScalingGroups.get(bad.green)
  const instances = [...world.instances.values()].filter((one) => one.autoScalingGroupName === bad.green)
  const after = traffic.count()
  const toBad = instances.map(({ instanceId }) => traffic.served().get(instanceId)?.requests ?? 0)
  return {
    told,
    badAt,
    good: goodStatus,
    bad: world.deployments.get(bad.id)?.status ?? 'gone',
    left: {
      attached: group ? attachedArns(group).length : 0,
      held: group?.suspendedProcesses.length ?? 0,
      tags: group?.tags.filter(({ key }) => key.startsWith('greenlight:')).length ?? 0,
      registered: world.targetGroups.get(testName)?.targets.size ?? 0,
    },
    requests: {
      all: Math.round(after.requests - before.requests),
      toBad: Math.round(toBad.reduce((sum, requests) => sum + requests, 0)),
      failed: Math.round(after.failed - before.failed),
    },
    connectionsCut: after.connectionsCut,
    serving: inServiceOf(world, good.green).length,
  }
}

/** The second scene in lines. */
export const gateAtReady = (run: GateRun, look: Look): string[] => [
  look.mark('bold', 'THE GATE AT READY'),
  ...text(
    'The deployments of another deployment group wait at Ready. It carries the tag greenlight:mode=gate, and no AppSpec names Greenlight. v2 is a good release; v3 works on one of its two instances.',
    look,
  ),
  '',
  ...course(run.told, look),
  '',
  ...outcome(run, look),
]

/** The third scene in lines: the bad release once more. */
export const testTargetGroup = (run: GateRun, look: Look): string[] => [
  look.mark('bold', 'THE SAME GATE WITH A TEST TARGET GROUP'),
  ...text(
    `Attaching green gives it users' requests before the gate has decided. Now the deployment group names ${testName}, a target group of the same load balancer that only a listener for tests uses. v2 has been released as before; this is v3 again.`,
    look,
  ),
  '',
  ...course(
    run.told.filter(({ at }) => at >= run.badAt),
    look,
  ),
  '',
  ...outcome(run, look),
]

const text = (paragraph: string, { columns }: Look) =>
  wrap(paragraph, Math.min(columns, 118)).map((line) => line.trimStart())

const course = (told: readonly Told[], look: Look): readonly string[] =>
  told.flatMap(({ at, who, what }) => {
    const [first = '', ...others] = wrap(`${who} ${what}`, Math.min(look.columns, 118) - 10)
    return [`${look.mark('dim', clockOf(at))}  ${first}`, ...others.map((line) => `          ${line}`)]
  })

const outcome = (run: GateRun, look: Look): readonly string[] => {
  const { attached, held, tags, registered } = run.left
  // Greenlight never detaches what CodeDeploy copied.
  const isTakenBack = attached === (run.copyLosesTargetGroups ? 0 : 1) && held + tags + registered === 0
  const { all, toBad, failed } = run.requests
  return [
    look.mark(run.bad === 'Stopped' && isTakenBack ? 'green' : 'red', `=> v2 ${run.good}, v3 ${run.bad}`),
    ...text(`${whatIsLeft(run)} ${run.serving} instances of v2 serve, as they did before.`, look),
    ...text(
      `v3 got ${grouped(toBad)} of ${grouped(all)} users' requests. ${failed || 'No'} requests failed, ${run.connectionsCut || 'no'} connections were cut.`,
      look,
    ),
  ]
}

const whatIsLeft = ({ copyLosesTargetGroups, left: { attached, held, tags } }: GateRun) => {
  const attachedInWords = copyLosesTargetGroups
    ? `${attached || 'no'} target groups`
    : 'the target group that CodeDeploy copied'
  return `Greenlight leaves ${attachedInWords}, ${held || 'no'} suspended processes and ${tags || 'no'} tags of its own on v3's green.`
}

/** The bad release in each way, in a table. */
export const threeWays = (runs: Readonly<Record<Way, GateRun>>, look: Look): string[] => {
  const ways = [runs.nobody, runs.attaching, runs.testing]
  const rows: readonly (readonly [string, (run: GateRun) => Cell])[] = [
    ['Bad release v3 ends as', ({ bad }) => ({ text: bad, fine: bad === 'Stopped' })],
    [`Users' requests in ${watchedMinutes} minutes`, ({ requests }) => ({ text: grouped(requests.all) })],
    ['  served by unproven instances', ({ requests: { toBad } }) => ({ text: grouped(toBad), fine: toBad === 0 })],
  ]
  return columns(
    ['', 'no gate', 'gate by attaching', 'test target group'],
    rows.map(([label, measure]) => [label, ...ways.map(measure)]),
    look,
  )
}

const clockOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(11, 19)
