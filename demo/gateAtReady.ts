import { type Simulator, simulate } from '../simulator/simulate.ts'
import { virtualTime } from '../simulator/virtualTime.ts'
import type { Authorize } from '../simulator/wire/dispatch.ts'
import { attachedArns, inServiceOf } from '../simulator/world/state.ts'
import type { TrafficCount } from '../simulator/world/traffic.ts'
import { authorizeByActions } from '../tools/actionTable.ts'
import { greenlight, greenlightSweep } from '../tools/greenlight.ts'
import { type Look, wrap } from './look.ts'
import { sentences, type Told } from './sentences.ts'
import { namesOf } from './story.ts'

/** What the simulator saw of the second scene: a good release and a bad one, gated without any script. */
export type GateRun = {
  readonly copyLosesTargetGroups: boolean
  readonly told: readonly Told[]
  /** The status with which each deployment ended. */
  readonly good: string
  readonly bad: string
  /** What the bad one's green has at the end. */
  readonly left: { readonly attached: number; readonly held: number; readonly tags: number }
  readonly traffic: TrafficCount
  /** How many instances serve at the end: those of the good release. */
  readonly serving: number
}

const blueName = 'web-blue'
const minute = 60_000

/**
 * Plays two releases of a deployment group that waits at Ready and carries the tag greenlight:mode=gate. No AppSpec names
 * Greenlight: it knows of them by CodeDeploy's notifications alone.
 *
 * @param code the bundle of Greenlight's gate function; `sweepCode` that of its sweep
 * @param authorize decides Greenlight's calls; by default it allows the actions that template.yaml names
 */
export const playGate = async ({
  seed,
  copyLosesTargetGroups,
  code,
  sweepCode,
  authorize = authorizeByActions(),
}: {
  seed: number
  copyLosesTargetGroups: boolean
  code: string
  sweepCode: string
  authorize?: Authorize
}): Promise<GateRun> => {
  const time = virtualTime()
  const simulator = await simulate({ seed, switches: { copyLosesTargetGroups }, authorize })
  try {
    return { copyLosesTargetGroups, ...(await time.run(playIn(simulator, code, sweepCode))) }
  } finally {
    await simulator.close()
    time.restore()
  }
}

const playIn = async (
  simulator: Simulator,
  code: string,
  sweepCode: string,
): Promise<Omit<GateRun, 'copyLosesTargetGroups'>> => {
  const { world, clock, calls, timeline, traffic } = simulator
  const verdicts: Told[] = []
  const hear = (line: string) => {
    const { message, verdict, reason } = JSON.parse(line) as Record<string, string>
    if (message === 'Verdict')
      verdicts.push({ at: clock.now(), who: 'Greenlight', what: `says ${verdict}: ${reason}.` })
  }
  world.createFunction(await greenlight(simulator, { code, log: hear }))
  world.createFunction(await greenlightSweep(simulator, { code: sweepCode }))
  world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 60 })
  world.createAutoScalingGroup({ name: blueName, targetGroups: ['web'], desiredCapacity: 2 })
  world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: blueName,
    targetGroups: ['web'],
    readyWaitMinutes: 60,
    tags: { 'greenlight:mode': 'gate' },
  })
  const deploy = async (version: string, healthy: boolean) => {
    const id = world.deploy({ deploymentGroup: 'production', revision: { version, healthy } })
    const status = await world.deploymentEnded(id)
    // Nobody waits until green is drained: the next sweep finds it done, and takes the rest back.
    await clock.sleep(7 * minute)
    return { id, status, green: `CodeDeploy_production_${id}` }
  }
  const good = await deploy('v2', true)
  const bad = await deploy('v3', false)

  const names = namesOf(
    world,
    { [good.green]: 'green-v2', [bad.green]: 'green-v3', [blueName]: 'blue' },
    { [good.id]: 'v2', [bad.id]: 'v3' },
  )
  const told = sentences(
    { timeline: timeline.filter(({ who }) => who === 'CodeDeploy'), calls, names, deployments: [good.id, bad.id] },
    verdicts,
  )
  const group = world.autoScalingGroups.get(bad.green)
  return {
    told,
    good: good.status,
    bad: bad.status,
    left: {
      attached: group ? attachedArns(group).length : 0,
      held: group?.suspendedProcesses.length ?? 0,
      tags: group?.tags.filter(({ key }) => key.startsWith('greenlight:')).length ?? 0,
    },
    traffic: traffic.count(),
    serving: inServiceOf(world, good.green).length,
  }
}

/** The second scene in lines. */
export const gateAtReady = (run: GateRun, look: Look): string[] => {
  const width = Math.min(look.columns, 118)
  const text = (paragraph: string) => wrap(paragraph, width).map((line) => line.trimStart())
  const { attached, held, tags } = run.left
  // Greenlight never detaches what CodeDeploy copied.
  const isTakenBack = attached === (run.copyLosesTargetGroups ? 0 : 1) && held + tags === 0
  return [
    look.mark('bold', 'THE GATE AT READY'),
    ...text(
      'The deployments of another deployment group wait at Ready. It carries the tag greenlight:mode=gate, and no AppSpec names Greenlight. v2 is a good release; v3 never becomes healthy.',
    ),
    '',
    ...run.told.flatMap(({ at, who, what }) => {
      const [first = '', ...others] = wrap(`${who} ${what}`, width - 10)
      return [`${look.mark('dim', clockOf(at))}  ${first}`, ...others.map((line) => `          ${line}`)]
    }),
    '',
    look.mark(run.bad === 'Stopped' && isTakenBack ? 'green' : 'red', `=> v2 ${run.good}, v3 ${run.bad}`),
    ...text(`${whatIsLeft(run)} ${run.serving} instances of v2 serve, as they did before.`),
    ...text(
      `${run.traffic.failed || 'No'} requests failed, ${run.traffic.connectionsCut || 'no'} connections were cut.`,
    ),
  ]
}

const whatIsLeft = ({ copyLosesTargetGroups, left: { attached, held, tags } }: GateRun) => {
  const attachedInWords = copyLosesTargetGroups
    ? `${attached || 'no'} target groups`
    : 'the target group that CodeDeploy copied'
  return `Greenlight leaves ${attachedInWords}, ${held || 'no'} suspended processes and ${tags || 'no'} tags of its own on v3's green.`
}

const clockOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(11, 19)
