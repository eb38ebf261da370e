import { type Simulator, simulate } from '../simulator/simulate.ts'
import { virtualTime } from '../simulator/virtualTime.ts'
import type { Authorize } from '../simulator/wire/dispatch.ts'
import { attachedArns, inServiceOf } from '../simulator/world/state.ts'
import type { TrafficCount } from '../simulator/world/traffic.ts'
import { authorizeByActions } from '../tools/actionTable.ts'
import { greenlight } from '../tools/greenlight.ts'
import { type Look, wrap } from './look.ts'
import type { Told } from './wording.ts'

/** What could be seen of the second scene: a good release and a bad one, at the gate that Greenlight keeps by itself. */
export type GateRun = {
  readonly told: readonly Told[]
  /** How the two deployments ended. */
  readonly good: string
  readonly bad: string
  /** Of the bad one's green, at the end. */
  readonly left: { readonly attached: number; readonly held: number; readonly tags: number }
  readonly traffic: TrafficCount
  /** How many instances serve at the end: those of the good release. */
  readonly serving: number
}

const BLUE = 'web-blue'
const MINUTE = 60_000

/**
 * Plays two releases of a deployment group that waits at Ready and carries the tag greenlight:mode=gate. No AppSpec names
 * Greenlight: CodeDeploy's notifications are all it hears.
 *
 * @param code Greenlight's bundle
 * @param authorize decides Greenlight's calls; by the actions that template.yaml names, unless told
 */
export const playGate = async ({
  seed,
  code,
  authorize = authorizeByActions(),
}: {
  seed: number
  code: string
  authorize?: Authorize
}): Promise<GateRun> => {
  const time = virtualTime()
  const simulator = await simulate({ seed, authorize })
  try {
    return await time.run(playIn(simulator, code))
  } finally {
    await simulator.close()
    time.restore()
  }
}

const playIn = async (simulator: Simulator, code: string): Promise<GateRun> => {
  const { world, clock, calls, timeline, traffic } = simulator
  const verdicts: Told[] = []
  const hear = (line: string) => {
    const { message, verdict, reason } = JSON.parse(line) as Record<string, string>
    if (message === 'Verdict')
      verdicts.push({ at: clock.now(), who: 'Greenlight', what: `says: ${verdict}: ${reason}` })
  }
  world.createFunction(await greenlight(simulator, { code, log: hear }))
  world.createTargetGroup({ name: 'web', requestsPerSecond: 50, longConnections: 60 })
  world.createAutoScalingGroup({ name: BLUE, targetGroups: ['web'], desiredCapacity: 2 })
  world.createDeploymentGroup({
    name: 'production',
    autoScalingGroup: BLUE,
    targetGroups: ['web'],
    readyWaitMinutes: 60,
    tags: { 'greenlight:mode': 'gate' },
  })
  const deploy = async (version: string, healthy: boolean) => {
    const id = world.deploy({ deploymentGroup: 'production', revision: { version, healthy } })
    const status = await world.deploymentEnded(id)
    await clock.sleep(5 * MINUTE)
    return { id, status, green: `CodeDeploy_production_${id}` }
  }
  const good = await deploy('v2', true)
  const bad = await deploy('v3', false)

  const names: readonly (readonly [string, string])[] = [
    [good.green, 'green (v2)'],
    [bad.green, 'green (v3)'],
    [good.id, 'v2'],
    [bad.id, 'v3'],
    [BLUE, 'blue'],
  ]
  const named = (text: string) => names.reduce((replaced, [name, short]) => replaced.replaceAll(name, short), text)
  const deployments = timeline
    .filter(({ who }) => who === 'CodeDeploy')
    .map(({ at, who, what }) => ({
      at: at.getTime(),
      who,
      what: what.replace(/^production (\S+): /, '$1 ').replace(/\.$/, ''),
    }))
  const changes = calls
    .filter(({ principal, action }) => principal.kind === 'lambda' && !/:(Describe|Get|List|BatchGet)/.test(action))
    .map(({ at, action, input }) => ({
      at: at.getTime(),
      who: 'Greenlight',
      what: `calls ${action.split(':')[1]} on ${groupIn(input)}`,
    }))
  const group = world.autoScalingGroups.get(bad.green)
  return {
    // At the same moment: what was decided, what was done about it, what came of it.
    told: [...verdicts, ...changes, ...deployments]
      .sort((one, other) => one.at - other.at)
      .map((told) => ({ ...told, what: named(told.what) })),
    good: good.status,
    bad: bad.status,
    left: {
      attached: group ? attachedArns(group).length : 0,
      held: group?.suspendedProcesses.length ?? 0,
      tags: group?.tags.length ?? 0,
    },
    traffic: traffic.count(),
    serving: inServiceOf(world, good.green).length,
  }
}

/** Whom a call is about: an Auto Scaling group, or a deployment. */
const groupIn = (input: Readonly<Record<string, unknown>>): string => {
  const {
    AutoScalingGroupName: group,
    Tags: tags,
    deploymentId,
  } = input as Readonly<Record<string, string>> & {
    Tags?: readonly { ResourceId: string }[]
  }
  return group ?? tags?.[0]?.ResourceId ?? deploymentId ?? ''
}

/** The second scene, as it is printed. */
export const gateAtReady = (run: GateRun, look: Look): string[] => {
  const width = Math.min(look.columns, 118)
  const text = (paragraph: string) => wrap(paragraph, width).map((line) => line.trimStart())
  const { attached, held, tags } = run.left
  return [
    look.mark('bold', 'THE GATE AT READY'),
    ...text(
      'Another deployment group waits at Ready and carries the tag greenlight:mode=gate; no AppSpec names Greenlight. v2 is a good release, v3 never becomes healthy.',
    ),
    '',
    ...run.told.flatMap(({ at, who, what }) => {
      const [first = '', ...others] = wrap(`${who} ${what}.`, width - 10)
      return [`${look.mark('dim', clockOf(at))}  ${first}`, ...others.map((line) => `          ${line}`)]
    }),
    '',
    look.mark(
      run.bad === 'Stopped' && attached + held + tags === 0 ? 'green' : 'red',
      `=> v2 ${run.good}, v3 ${run.bad}`,
    ),
    ...text(
      `Of v3's green ${attached || 'no'} target groups, ${held || 'no'} suspended processes and ${tags || 'no'} tags are left; ${run.serving} instances of v2 serve, as they did before.`,
    ),
    ...text(
      `${run.traffic.failed || 'No'} requests failed, ${run.traffic.connectionsCut || 'no'} connections were cut.`,
    ),
  ]
}

const clockOf = (milliseconds: number) => new Date(milliseconds).toISOString().slice(11, 19)
