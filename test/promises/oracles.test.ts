import { expect } from 'chai'
import type { WireRequest } from '../../simulator/simulate.ts'
import { inServiceOf, instancesOf } from '../../simulator/world/state.ts'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { testInTwin, whileAsking } from '../deployments/playedDeployment.ts'
import { type Playground, playground } from '../deployments/playground.ts'
import { warmGate } from '../deployments/warmFunction.ts'
import { handMade } from './handMade.ts'
import { unanswered } from './oracles/answered.ts'
import { unsaid } from './oracles/neverSilent.ts'
import { harms } from './oracles/neverWorse.ts'
import { endsElsewhere, repeated } from './oracles/repeatable.ts'
import type { Promised } from './oracles/watch.ts'
import { autoScalingRequest, codeDeployRequest, type Tampering, tampered } from './tampered.ts'

/** A deployment to be played, and how Greenlight hears of it. */
type Scenario = {
  readonly mode?: 'observe' | 'heal' | 'gate'
  readonly door: 'call' | 'notification' | 'hook'
  readonly healthy?: boolean
  /** What a person does once it is Ready and, of a call, answered; otherwise Greenlight alone decides. */
  readonly person?: 'continues' | 'stops'
  readonly arrange?: (world: Playground['world']) => void
  readonly authorize?: () => true
  readonly instances?: number
}

/** The ARN of web, in the account that is played. */
let webArn = ''

const withTests = (world: Playground['world']): void => {
  testInTwin(world)
  const { healthCheck, arn = '' } = world.targetGroups.get('web') ?? {}
  Object.assign(world.targetGroups.get('greenlight-web') ?? {}, { healthCheck })
  webArn = arn
}

const asked: Scenario = { door: 'call', person: 'continues' }
const healed: Scenario = { door: 'notification', mode: 'heal', person: 'continues' }
const gated: Scenario = { door: 'notification', mode: 'gate' }
const gatedInVain: Scenario = { ...gated, healthy: false }
const askedAndStopped: Scenario = { door: 'call', person: 'stops' }
const hooked: Scenario = { door: 'hook' }
const tested: Scenario = { ...gated, arrange: withTests }
const testedInVain: Scenario = { ...gatedInVain, arrange: withTests }
const askedAndTested: Scenario = { ...asked, mode: 'gate', arrange: withTests }

/** Blue cannot be taken out of the load balancer to the end, so that the deployment fails and green serves. */
const failedHalfway: Scenario = {
  ...asked,
  instances: 2,
  arrange: ({ instances, failDeregistration }) => {
    const blue = [...instances.values()].filter(({ autoScalingGroupName }) => autoScalingGroupName === 'blue')
    failDeregistration(blue.at(-1)?.instanceId ?? '')
  },
}

type Breakage = readonly [what: string, scenario: Scenario, tampering: Tampering, complaint: RegExp]

const inGroup = (name: string) => (request: WireRequest) => ({
  ...request,
  body: request.body.replace(/AutoScalingGroupName=[^&]+/, `AutoScalingGroupName=${name}`),
})
const withMode = (mode: string) => () => JSON.stringify({ Tags: [{ Key: 'greenlight:mode', Value: mode }] })
const allHealthy = (body: string) =>
  body.replaceAll(/<State>\w+<\/State>/g, '<State>healthy</State>').replaceAll(/<Reason>[^<]*<\/Reason>/g, '')

/** The tags of the deployment group say nothing of test target groups. */
const withoutTests = withMode('gate')
const withTarget = (id: string) => (request: WireRequest) => ({
  ...request,
  body: request.body.replace(/(Targets\.member\.1\.Id=)[^&]+/, `$1${id}`),
})

const inTargetGroup = (arn: () => string) => (request: WireRequest) => ({
  ...request,
  body: request.body.replace(/TargetGroupArn=[^&]+/, `TargetGroupArn=${encodeURIComponent(arn())}`),
})

/** The first target is what is left of blue. */
const withoutGreen = (body: string) =>
  body.replace(/<\/member><member>.*(?=<\/TargetHealthDescriptions>)/s, '</member>')

const breakages: Partial<Record<Promised, readonly Breakage[]>> = {
  Answered: [
    [
      'swallows the report of a hook',
      hooked,
      { drops: ['PutLifecycleEventHookExecutionStatus'] },
      /accepted no verdict/,
    ],
    ['answers a call with nothing', asked, { handles: () => async () => undefined }, /a call .* got no verdict/],
    [
      'fails instead of answering',
      asked,
      { handles: () => () => Promise.reject(new Error('broken')) },
      /got no verdict: broken/,
    ],
    ['never comes to an end', asked, { handles: () => () => new Promise(() => {}) }, /Lambda ended a run/],
  ],
  True: [
    [
      'takes unhealthy instances for healthy ones',
      { ...asked, healthy: false },
      { misreads: { DescribeTargetHealth: allHealthy } },
      /has 0 of 1 healthy/,
    ],
    [
      'takes instances that are unhealthy in a test target group for healthy ones',
      { ...askedAndTested, healthy: false },
      { misreads: { DescribeTargetHealth: allHealthy } },
      /has 0 of 1 healthy in greenlight-web/,
    ],
    [
      'proves by attaching what was to be proved in a test target group',
      askedAndTested,
      { misreads: { ListTagsForResource: withoutTests } },
      /health in greenlight-web was not asked for/,
    ],
    [
      'takes a release for a rollback',
      asked,
      { misreads: { GetDeployment: (body) => body.replace('"creator":"user"', '"creator":"codeDeployRollback"') } },
      /one to be gated/,
    ],
    [
      'bypasses without being told',
      hooked,
      { misreads: { ListTagsForResource: withMode('observe') } },
      /its mode is heal/,
    ],
  ],
  Settled: [
    ['does not release', healed, { drops: ['ResumeProcesses'] }, /is still held/],
    ['does not forget', healed, { drops: ['DeleteTags'] }, /still has the records/],
    ['does not attach', healed, { drops: ['AttachLoadBalancerTargetGroups'] }, /succeeded without web/],
    ['does not deregister', tested, { drops: ['DeregisterTargets'] }, /is still registered in greenlight-web/],
    ['does not detach', askedAndStopped, { drops: ['DetachLoadBalancerTargetGroups'] }, /failed and still has web/],
  ],
  'Never worse': [
    ['holds and attaches without a record', gated, { drops: ['CreateOrUpdateTags'] }, /^Attach.* web without a record/],
    [
      'attaches without asking for the status after the change before',
      gated,
      { remembers: { GetDeployment: /"status":"Ready"/ } },
      /^Attach.* without asking again .*: deployment$/,
    ],
    [
      'registers without a record',
      tested,
      { drops: ['CreateOrUpdateTags'] },
      /^RegisterTargets.* in greenlight-web without a record/,
    ],
    [
      'attaches before traffic what a test target group would prove',
      tested,
      { misreads: { ListTagsForResource: withoutTests } },
      /^Attach.* gives traffic, though greenlight-web would prove it/,
    ],
    [
      'sends users to green before CodeDeploy does, though a test target group would prove it',
      { ...askedAndStopped, arrange: withTests },
      { misreads: { ListTagsForResource: withMode('heal') } },
      /gets its first request by an attachment of Greenlight/,
    ],
    [
      'registers where users are',
      { ...tested, authorize: () => true },
      { rewrites: { RegisterTargets: inTargetGroup(() => webArn) } },
      /^RegisterTargets.* in web, which is to test nothing/,
    ],
    [
      'registers what is not green',
      tested,
      { rewrites: { RegisterTargets: withTarget('i-0') } },
      /^RegisterTargets.* is of no first-hand deployment/,
    ],
    [
      'deregisters what it has not registered',
      tested,
      { rewrites: { DeregisterTargets: inTargetGroup(() => webArn) } },
      /^DeregisterTargets.* which Greenlight has not registered in web/,
    ],
    [
      'continues while green is not healthy in a test target group',
      testedInVain,
      { misreads: { DescribeTargetHealth: allHealthy } },
      /^ContinueDeployment.* has 0 of 1 healthy in greenlight-web/,
    ],
    [
      'detaches without looking at health again',
      askedAndStopped,
      { remembers: { DescribeTargetHealth: /<State>/ } },
      /^Detach.* without asking again .*: health$/,
    ],
    [
      'detaches before blue is back',
      failedHalfway,
      { misreads: { DescribeTargetHealth: withoutGreen } },
      /^Detach.* production does not carry/,
    ],
    [
      'gives traffic to green that CodeDeploy has not given it',
      healed,
      { misreads: { ListTagsForResource: withMode('gate') } },
      /^Attach.* gives traffic .* in mode heal/,
    ],
    [
      "resumes a person's process",
      healed,
      { rewrites: { ResumeProcesses: (one) => ({ ...one, body: `${one.body}&ScalingProcesses.member.9=Launch` }) } },
      /^Resume.* Launch, which Greenlight did not suspend/,
    ],
    ['changes blue', gated, { rewrites: { SuspendProcesses: inGroup('blue') } }, /^Suspend.* blue is of no first-hand/],
    [
      "writes somebody else's tag",
      gated,
      {
        rewrites: {
          CreateOrUpdateTags: (one) => ({ ...one, body: one.body.replaceAll('greenlight%3Arecord', 'Name') }),
        },
      },
      /^CreateOrUpdateTags.* tags of somebody else: Name/,
    ],
    [
      'continues in mode heal',
      healed,
      { misreads: { ListTagsForResource: withMode('gate') } },
      /^ContinueDeployment.* in mode heal/,
    ],
    [
      'continues while green is not healthy',
      gated,
      { misreads: { DescribeTargetHealth: allHealthy } },
      /^ContinueDeployment.* has 0 of 1 healthy/,
    ],
    [
      'continues twice without looking at health in between',
      gated,
      { adds: { ContinueDeployment: codeDeployRequest('ContinueDeployment', {}) } },
      /^ContinueDeployment.* health in web was not asked for/,
    ],
    [
      'forgets a green to which something is owed',
      healed,
      {
        rewrites: {
          AttachLoadBalancerTargetGroups: (request) =>
            autoScalingRequest('DeleteTags', {
              'Tags.member.1.ResourceId': new URLSearchParams(request.body).get('AutoScalingGroupName') ?? '',
              'Tags.member.1.ResourceType': 'auto-scaling-group',
              'Tags.member.1.Key': 'greenlight:record',
            })(request),
        },
      },
      /^DeleteTags.* which is still without web/,
    ],
    [
      'stops a deployment whose traffic moves',
      { ...healed, mode: 'gate' },
      { adds: { ListDeploymentTargets: codeDeployRequest('StopDeployment', { autoRollbackEnabled: false }) } },
      /^StopDeployment.* its traffic moves/,
    ],
    [
      'stops with a rollback',
      gatedInVain,
      { rewrites: { StopDeployment: codeDeployRequest('StopDeployment', { autoRollbackEnabled: true }) } },
      /^StopDeployment.* with a rollback/,
    ],
  ],
  'Least power': [
    [
      'looks for its green among all Auto Scaling groups',
      asked,
      { adds: { DescribeAutoScalingGroups: autoScalingRequest('DescribeAutoScalingGroups', {}) } },
      /asks for every Auto Scaling group/,
    ],
    [
      'asks for what its policies deny',
      asked,
      {
        adds: {
          GetDeployment: codeDeployRequest('CreateDeployment', {
            applicationName: 'shop',
            deploymentGroupName: 'production',
            deploymentId: undefined,
          }),
        },
      },
      /CreateDeployment is not allowed/,
    ],
    [
      'may register where users are',
      { ...tested, authorize: () => true },
      { rewrites: { RegisterTargets: inTargetGroup(() => webArn) } },
      /RegisterTargets is allowed for web/,
    ],
    [
      'may change what CodeDeploy did not copy',
      { ...gated, authorize: () => true },
      { rewrites: { SuspendProcesses: inGroup('blue') } },
      /is allowed for blue/,
    ],
  ],
  'Never silent': [
    ['writes lines without ids', asked, { logs: ({ deploymentId: _, ...line }) => line }, /a line has no ids/],
    [
      'warns without a reason',
      gatedInVain,
      {
        logs: (line) => ({
          ...line,
          level: 'WARN',
          reason: '',
          error: undefined,
          command: undefined,
          call: undefined,
          status: undefined,
        }),
      },
      /a line gives no reason/,
    ],
  ],
}

for (const [promise, rows] of Object.entries(breakages)) {
  describe(`Promise ${promise}: its oracle notices a Greenlight that`, () => {
    for (const [what, scenario, tampering, complaint] of rows) {
      it(what, async () => {
        const { broken } = await played(scenario, tampering)
        const own = broken.filter((one) => one.startsWith(`${promise}: `)).map((one) => one.slice(promise.length + 2))
        expect(
          own.filter((one) => complaint.test(one)),
          JSON.stringify(broken),
        ).to.not.be.empty
      })
    }
  })
}

describe('The oracle notices a Greenlight that [answered]', () => {
  it('has two verdicts of one hook accepted', async () => {
    const { aws } = await played(hooked)
    const [report] = aws.calls.filter(({ action }) => action.endsWith(':PutLifecycleEventHookExecutionStatus'))
    const calls = [...aws.calls, ...(report === undefined ? [] : [report])]
    expect(unanswered({ world: aws.world, calls }, aws.runs)).to.match(/accepted 2 verdicts/)
  })
})

describe('The oracle notices a Greenlight that [never worse]', () => {
  it('costs users requests, or changes blue', () => {
    const end = { status: 'Failed', blue: { attached: ['web'] } }
    expect(harms({ usersFailed: 3, end }, { usersFailed: 3, end })).to.deep.equal([])
    expect(harms({ usersFailed: 4, end: { ...end, blue: {} } }, { usersFailed: 3, end })).to.have.length(2)
  })
})

describe('The oracle lets a Greenlight attach [never worse]', () => {
  /** What is broken by a call that attaches two target groups at Ready. */
  const attachingTwice = async (asks: Parameters<typeof handMade>[2]) => {
    const aws = await playground({
      looksForItself: true,
      instances: 1,
      settings: { GREENLIGHT_MODE: 'gate' },
      deploy: async (simulator) => ({
        name: 'CodeDeployHook_greenlight',
        timeoutSeconds: 60,
        rules: [],
        handler: handMade(simulator, 'CodeDeployHook_greenlight', asks),
      }),
      arrange: (world) => {
        world.createTargetGroup({ name: 'api' })
        world.deploymentGroups.get('shop/production')?.loadBalancerInfo?.targetGroupInfoList?.push({ name: 'api' })
      },
    })
    try {
      const id = aws.world.deploy({ deploymentGroup: 'production', revision: { version: 'v2' } })
      await aws.until(id, 'Ready')
      expect(await aws.invoke({ DeploymentId: id })).to.have.property('verdict', 'Pending')
      return [...aws.watch.broken]
    } finally {
      await aws.end()
    }
  }

  it('by a status asked for side by side with the change before, and by no older one', async () => {
    expect(await attachingTwice('side by side')).to.deep.equal([])
    const [complaint = '', ...others] = await attachingTwice('once')
    expect(others).to.deep.equal([])
    expect(complaint).to.match(/^Never worse: Attach.*targetgroup\/api.*without asking again/)
  })
})

describe('The oracle notices a Greenlight that [repeatable]', () => {
  it('changes something when it is told the same once more', async () => {
    const tagging = autoScalingRequest('CreateOrUpdateTags', {
      'Tags.member.1.ResourceType': 'auto-scaling-group',
      'Tags.member.1.ResourceId': 'CodeDeploy_web',
      'Tags.member.1.Key': 'greenlight:record',
      'Tags.member.1.Value': 'd-1',
      'Tags.member.1.PropagateAtLaunch': 'false',
    })
    const ofGreen = { ...hooked, again: true }
    expect(repeated((await played(ofGreen)).again)).to.deep.equal([])
    const { again } = await played(ofGreen, { adds: { DescribeAutoScalingGroups: tagging } })
    expect(repeated(again)).to.match(/told once more, Greenlight calls autoscaling:CreateOrUpdateTags/)
  })

  it('ends elsewhere, or leaves a record', () => {
    const green = { attached: ['web'], held: [], records: ['greenlight:record=d-1'] }
    const end = { status: 'Succeeded', green }
    expect(endsElsewhere(end, end, true)).to.deep.equal([])
    expect(endsElsewhere(end, { ...end, status: 'Failed' }, true)).to.have.length(1)
    for (const other of [{ attached: [] }, { held: ['HealthCheck'] }])
      expect(endsElsewhere(end, { ...end, green: { ...green, ...other } }, false)).to.have.length(1)
    expect(endsElsewhere(end, { ...end, green: { ...green, records: [] } }, true)).to.have.length(1)
    expect(endsElsewhere(end, { ...end, green: { ...green, records: [] } }, false)).to.deep.equal([])
  })
})

describe('The oracle notices a Greenlight that [never silent]', () => {
  const said = { level: 'WARN', reason: 'autoscaling:DetachLoadBalancerTargetGroups failed' }
  const wrong = {
    ...{ log: [said], metric: () => 1, failed: 'autoscaling:DetachLoadBalancerTargetGroups' },
    ...{ isLeft: true, hasFailedUnheard: true, verdicts: ['Failed'] },
  }

  it('fails and leaves things undone without a word, or without counting it', () => {
    expect(unsaid(wrong)).to.deep.equal([])
    expect(unsaid({ ...wrong, log: [] })).to.have.length(2)
    expect(unsaid({ ...wrong, log: [{ ...said, level: 'INFO' }] })).to.have.length(2)
    expect(unsaid({ ...wrong, metric: () => 0 })).to.have.length(3)
  })
})

describe('The oracles are content [answered, true, settled, never worse, least power, never silent]', () => {
  const scenarios = {
    ...{ asked, askedAndStopped, failedHalfway, gated, gatedInVain, healed, hooked },
    ...{ tested, testedInVain, askedAndTested },
  }
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(`with Greenlight as it is: ${name}`, async () => {
      expect((await played(scenario)).broken).to.deep.equal([])
    })
  }

  it('with what a failure has left attached to a green that serves, though the next deployment was stopped at once', async () => {
    const further = async ({ world, time }: Playground): Promise<void> => {
      const [first] = [...world.deployments.values()]
      const green = `CodeDeploy_production_${first?.deploymentId}`
      const greenFleetProvisioningOption = { action: 'DISCOVER_EXISTING' }
      Object.assign(world.deploymentGroups.get('shop/production')?.blueGreen ?? {}, { greenFleetProvisioningOption })
      const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v3' }, green: [green] })
      await time.advance(8_000)
      world.stopDeployment(id)
      await time.advance(60_000)
      for (const { instanceId } of inServiceOf(world, green)) world.breakInstance(instanceId)
      const isReplaced = () => instancesOf(world, green).some(({ lifecycleState }) => lifecycleState === 'Pending')
      for (let second = 0; second < 600 && !isReplaced(); second += 1) await time.advance(1_000)
      expect(isReplaced()).to.equal(true)
    }
    expect((await played({ ...failedHalfway, further })).broken).to.deep.equal([])
  })
})

/** Plays a scenario to its end with a broken Greenlight; what the oracles say, and the changes after its end is notified again. */
const played = async (
  scenario: Scenario & { readonly again?: boolean; readonly further?: (aws: Playground) => Promise<void> },
  tampering: Tampering = {},
) => {
  const aws: Playground = await playground({
    looksForItself: true,
    instances: scenario.instances ?? 1,
    via: 'EventBridge',
    ...(scenario.authorize && { authorize: scenario.authorize }),
    deploy: async (simulator, log, passing) => {
      const deployed = await warmGate(
        { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '8' },
        {
          simulator,
          log: (line) => {
            const read = JSON.parse(line)
            const written = tampering.logs === undefined || '_aws' in read ? read : tampering.logs(read)
            if (written !== undefined) log(JSON.stringify(written))
          },
          passing: tampered(tampering, simulator.handle, passing),
        },
      )
      return { ...deployed, timeoutSeconds: 60, handler: tampering.handles?.(deployed.handler) ?? deployed.handler }
    },
    arrange: (world) => arrange(world, scenario),
  })
  try {
    const event = await playToTheEnd(aws, scenario)
    const before = aws.changes().length
    if (scenario.again) await aws.invoke(event)
    const again = aws.changes().slice(before)
    await scenario.further?.(aws)
    aws.watch.settles()
    aws.watch.answers({ isAllOver: true })
    return { aws, again, broken: [...aws.watch.broken] }
  } finally {
    await aws.end()
  }
}

const arrange = (world: Playground['world'], { mode, door, arrange: further }: Scenario): void => {
  const web = world.targetGroups.get('web')
  Object.assign(web?.healthCheck ?? {}, { intervalSeconds: 2, healthyThreshold: 2, unhealthyThreshold: 2 })
  Object.assign(web ?? {}, { deregistrationDelaySeconds: 1 })
  const production = world.deploymentGroups.get('shop/production')
  if (mode !== undefined) production?.tags.push({ key: 'greenlight:mode', value: mode })
  Object.assign(production ?? {}, { revision: { version: 'v1' } })
  if (door === 'hook') {
    world.createAutoScalingGroup({ name: 'CodeDeploy_web', desiredCapacity: 1 })
    const tags = { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' }
    world.createDeploymentGroup({ application: 'orders', name: 'production', computePlatform: 'Lambda', tags })
    ownersAgree(world, 'orders/production')
  }
  further?.(world)
}

/** @returns an event that tells of the end once more */
const playToTheEnd = async (aws: Playground, { door, healthy = true, person }: Scenario): Promise<unknown> => {
  const { world, time, functionName } = aws
  if (door === 'hook') {
    const lambdaHooks = { BeforeAllowTraffic: functionName }
    const id = world.deploy({ application: 'orders', deploymentGroup: 'production', lambdaHooks })
    await aws.played(id)
    await time.advance(600_000)
    return endOf(id)
  }
  const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', healthy } })
  await aws.until(id, 'Ready')
  await time.advance(1_000)
  if (door === 'call') await whileAsking(world, id, () => aws.invoke({ DeploymentId: id }))
  else if (person !== undefined) await time.advance(30_000)
  if (world.deployments.get(id)?.status === 'Ready') {
    if (person === 'continues') world.continueDeployment(id)
    if (person === 'stops') world.stopDeployment(id)
  }
  await aws.played(id)
  await time.advance(1_200_000)
  // Nobody waits for draining: who looks after it finishes.
  await aws.invoke(endOf(id))
  return endOf(id)
}

const endOf = (deploymentId: string) => ({
  source: 'aws.codedeploy',
  'detail-type': 'CodeDeploy Deployment State-change Notification',
  detail: { deploymentId, state: 'SUCCESS' },
})
