import type { Meter } from '../../src/meter.ts'
import type { AutoScalingGroup } from '../../src/model/autoScalingGroup.ts'
import type { Deployment } from '../../src/model/deployment.ts'
import { nothingToInstall } from '../../src/model/progress.ts'
import { holdProcesses, readRecords } from '../../src/model/records.ts'
import type { Target, TargetGroup } from '../../src/model/targetGroup.ts'
import type { Answers, SeenAs } from '../../src/rules/seen.ts'
import type { Row } from '../../src/rules/table.ts'
import type { Settings } from '../../src/settings.ts'

/** A meter for tests that do not look at what is counted. */
export const silentMeter: Meter = {
  count: () => {},
  refused: () => {},
  inMode: () => {},
  verdict: () => {},
  healthWait: () => {},
  measure: () => {},
  found: () => {},
}

// Values of the core as they are on a good day; a test names only what matters to it.

export const deploymentId = 'd-ABCDEF123'
export const greenName = `CodeDeploy_production_${deploymentId}`

export const arnOf = (targetGroup: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${targetGroup}/0123456789abcdef`

export const settings: Settings = {
  ...{ mode: 'heal', minimumHealthyPercent: 100, healthTimeoutSeconds: 300 },
  namePattern: '*',
  testNamePattern: 'greenlight-*',
}

/** A first-hand deployment that is Ready and waits for nobody. */
export const deployment = (differences: Partial<Deployment> = {}): Deployment => ({
  id: deploymentId,
  application: 'shop',
  deploymentGroup: 'production',
  status: 'Ready',
  waitMinutes: undefined,
  createdAt: undefined,
  completedAt: undefined,
  autoRollback: false,
  rolledBackBy: undefined,
  rollbackOf: undefined,
  subject: { kind: 'server', greens: [greenName], isNamed: true, wanted: ['web'], classicLoadBalancers: [] },
  ...differences,
})

/** A deployment of Lambda or ECS, which only tags of its deployment group tie to an Auto Scaling group. */
export const ecs = { kind: 'tagged', platform: 'ECS', pairs: [] } as const

/** Green with its instances InService, and without any target group: the defect (F15). */
export const green = ({
  targetGroups = [],
  tags = {},
  instances = ['i-1', 'i-2'],
  ...differences
}: Partial<Omit<AutoScalingGroup, 'tags'>> & {
  /** Names of those that are attached. */
  targetGroups?: readonly string[]
  tags?: Readonly<Record<string, string>>
} = {}): AutoScalingGroup => {
  const tagged = new Map(Object.entries(tags))
  return {
    name: greenName,
    isBeingDeleted: false,
    healthCheckType: 'EC2',
    attached: targetGroups.map(arnOf),
    attachedAsTargetGroups: targetGroups.map(arnOf),
    suspended: [],
    tags: tagged,
    records: readRecords(tagged),
    instances,
    inService: instances,
    notRunning: [],
    desiredCapacity: instances.length,
    operator: undefined,
    notHandled: [],
    ...differences,
  }
}

/** A green that is held for the deployment, and on whose record these target groups are attached. */
export const heldGreen = ({
  recorded = ['web'],
  tested = [],
  ...differences
}: Parameters<typeof green>[0] & {
  recorded?: readonly string[]
  /** In which test target groups it is on record as registered. */
  tested?: readonly string[]
} = {}): AutoScalingGroup =>
  green({
    suspended: holdProcesses,
    tags: {
      'greenlight:record': deploymentId,
      'greenlight:held': [deploymentId, ...holdProcesses].join(' '),
      ...Object.fromEntries(recorded.map((name) => [`greenlight:attached/${name}`, deploymentId])),
      ...Object.fromEntries(tested.map((name) => [`greenlight:testing/${name}`, deploymentId])),
    },
    ...differences,
  })

/** The tag by which an owner agrees that deployments of Lambda and ECS gate what carries it. */
export const agreed = ['greenlight:gated-by', 'shop/production'] as const

export const targetGroup = (name: string, differences: Partial<TargetGroup> = {}): TargetGroup => ({
  name,
  arn: arnOf(name),
  type: 'instance',
  isUsed: true,
  traits: { port: '80', 'health check path': '/' },
  tags: new Map([agreed]),
  isOfApplicationLoadBalancer: true,
  ...differences,
})

/** Target groups by their names; those of `lacking` do not exist. */
export const targetGroupsByName = (
  found: readonly TargetGroup[],
  lacking: readonly string[] = [],
): Answers['targetGroups'] =>
  new Map([...found.map((one) => [one.name, one] as const), ...lacking.map((name) => [name, undefined] as const)])

export const target = (id: string, state = 'healthy', because = ''): Target => ({ id, state, because })

/** Everything that a look can read. */
type Everything = Omit<SeenAs<'gate'>, 'row'> & Answers

/** What a look has read for a row: at Ready, in mode heal, while a script of the deployment asks. */
export const seenAs = <R extends Row>(row: R, differences: Partial<Everything> = {}): SeenAs<R> => {
  const everything: Everything = {
    trigger: 'hook',
    settings,
    deployment: deployment(),
    isConfirmed: false,
    choice: { mode: 'heal', goal: { greens: [greenName], wanted: ['web'], tests: [] }, tags: new Map(), readAt: 0 },
    goal: { greens: [greenName], wanted: ['web'], tests: [] },
    greens: [green()],
    targetGroups: targetGroupsByName([targetGroup('web')]),
    progress: { ...nothingToInstall, listed: new Set(['i-1', 'i-2']), asking: ['i-1'] },
    health: new Map([['web', [target('i-1'), target('i-2')]]]),
    arrival: { named: ['blue'], isBlueOut: true },
    turn: { kind: 'uninvited' },
    routing: new Map(),
    ending: {
      named: ['blue'],
      underWay: [],
      inTheWay: [],
      production: { names: ['blue'], instances: ['b-1', 'b-2'], hasBegunTraffic: false, underWay: [] },
    },
  }
  return { row, ...everything, ...differences } as unknown as SeenAs<R>
}
