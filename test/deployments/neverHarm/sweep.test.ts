import { expect } from 'chai'
import { generateAccount } from '../../../simulator/account.ts'
import { type Simulator, simulate } from '../../../simulator/simulate.ts'
import { inServiceOf } from '../../../simulator/world/state.ts'
import { sweepFunctionName } from '../../../tools/greenlight.ts'
import { readTemplate } from '../../../tools/template.ts'
import { runs, somebody, source } from '../../audit/commandLine.ts'
import { inMode, type PlayedDeployment } from '../playedDeployment.ts'
import { atReady, begin, minutes, succeeds } from './scene.ts'

describe('Never harm: what a sweep finds', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  /** What the lines of findings say. */
  const found = () => deployment.lines('Finding').map(({ reason }) => String(reason))

  for (const processes of [['AddToLoadBalancer'], ['ReplaceUnhealthy'], ['Launch', 'Terminate']]) {
    it(`names ${processes.join(' and ')} that somebody else suspended on a green that serves`, async () => {
      deployment = await begin({ sweeps: 'whenTold' })
      const { aws, green, later, now } = deployment
      await atReady(deployment)
      await succeeds(deployment)
      aws.world.suspendProcesses(green, processes)
      await later()
      await aws.sweep()
      expect(now()?.held).to.deep.equal(processes)
      const findings = found().filter((reason) => reason.includes(green) && /suspended/.test(reason))
      for (const process of processes) expect(findings.join()).to.include(process)
    })
  }

  it('tells a deployment group in mode gate that neither waits at Ready nor has a script that asks from one in mode heal', async () => {
    deployment = await begin({ mode: 'gate', waitsAtReady: false, via: 'nobody', sweeps: 'whenTold' })
    const { aws, id } = deployment
    await aws.until(id, 'InProgress')
    const { findings } = await aws.sweep()
    inMode(aws.world, 'heal')
    const { findings: others } = await aws.sweep()
    expect(findings).to.not.deep.equal(others)
  })

  it('names the green of a failed deployment that serves and lacks its target groups', async () => {
    deployment = await begin({ instances: 6, via: 'nobody', sweeps: 'whenTold' })
    const { aws, id, green, later, now } = deployment
    aws.world.failDeregistration(inServiceOf(aws.world, 'blue').at(-1)?.instanceId ?? '')
    await aws.until(id, 'Ready')
    aws.world.continueDeployment(id)
    expect(await aws.played(id)).to.equal('Failed')
    await later(minutes(3))
    await aws.sweep()
    expect(now()?.attached).to.deep.equal([])
    expect(found().filter((reason) => reason.includes(green) && reason.includes('lacks'))).to.have.length(1)
  })

  it('names a mode that does not parse while a deployment is under way', async () => {
    deployment = await begin({ sweeps: 'whenTold' })
    const { aws } = deployment
    await atReady(deployment)
    inMode(aws.world, 'gaet')
    expect((await aws.sweep())['findings']).to.include({ badTag: 1 })
    expect(found().filter((reason) => reason.includes('gaet') && reason.includes('shop/production'))).to.have.length(1)
  })

  for (const seconds of [1, 3, 6]) {
    it(`tells whole seconds, and counts that agree, with ${seconds} s for a run`, async () => {
      deployment = await begin({
        via: 'nobody',
        sweeps: 'whenTold',
        settings: { GREENLIGHT_SWEEP_MODE: 'heal' },
        arrange: (world) =>
          void generateAccount(world, { deploymentGroups: 12, conditionOf: (n) => (n % 2 ? 'missing' : 'leftover') }),
      })
      const { aws } = deployment
      Object.assign(aws.world.functions.get(sweepFunctionName) ?? {}, { timeoutSeconds: seconds })
      aws.faults.add({ kind: 'latency', latencyMs: 333, times: 'forever' })
      const report = await aws.sweep()
      const [swept] = deployment.lines('Swept')
      const said = JSON.stringify([report, aws.log])
      expect(said).to.not.match(/-\d+(\.\d+)? (s|ms|seconds)\b/)
      expect(said).to.not.match(/\d\.\d{4,}/)
      expect(swept?.['failures']).to.equal(deployment.lines('Could not be swept').length)
    })
  }
})

describe('Never harm: alarms', () => {
  const alarms = () =>
    Object.values(readTemplate().Resources).flatMap(({ Type: type, Properties: alarm }) =>
      type === 'AWS::CloudWatch::Alarm' ? [Object(alarm)] : [],
    )

  it('stay red, and ring once, while something is left attached', () => {
    const [leftAttached, ...others] = alarms().filter(({ MetricName: name }) => name === 'LeftAttached')
    expect(others).to.deep.equal([])
    expect(leftAttached).to.include({ TreatMissingData: 'ignore', Statistic: 'Maximum' })
  })

  it('ring when the sweep does not run', () => {
    const silent = alarms().filter(({ MetricName: name, TreatMissingData: missing, Namespace: namespace }) => {
      return namespace === 'AWS/Lambda' && name === 'Invocations' && missing === 'breaching'
    })
    expect(silent).to.have.length(1)
    expect(silent[0].Dimensions).to.deep.equal([{ Name: 'FunctionName', Value: { Ref: 'SweepFunction' } }])
  })
})

describe('Never harm: the audit', function () {
  this.timeout(60_000)
  let aws: Simulator
  beforeEach(async () => {
    aws = await simulate()
  })
  afterEach(() => aws.close())
  const audit = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await runs(source, ['audit', ...args], somebody(aws))
    return { code, stdout, stderr }
  }

  it('names a mode that does not parse, and shows the mode of each deployment group', async () => {
    generateAccount(aws.world, { deploymentGroups: 2 })
    const tag = (number: number, value: string) =>
      void aws.world.deploymentGroups.get(`application-0/group-${number}`)?.tags.push({ key: 'greenlight:mode', value })
    tag(0, 'gaet')
    tag(1, 'gate')
    const { code, stdout } = await audit('--json')
    const [region] = JSON.parse(stdout).regions
    expect(code).to.equal(1)
    expect(region.findings.map(({ kind }: { kind: string }) => kind)).to.include('badTag')
    expect(JSON.stringify(region.deploymentGroups)).to.include('"mode":"gate"')
    expect((await audit()).stdout).to.include('gaet')
  })

  it('names records outside the pattern', async () => {
    generateAccount(aws.world, { deploymentGroups: 1 })
    const tags = { 'greenlight:record': 'd-D00000000', 'greenlight:held': 'd-D00000000 1764000000 HealthCheck' }
    aws.world.createAutoScalingGroup({ name: 'theirs', suspendedProcesses: ['HealthCheck'], tags })
    const { code, stdout } = await audit()
    expect({ code, isNamed: stdout.includes('theirs') }).to.deep.equal({ code: 1, isNamed: true })
  })

  it('never says that nothing is wrong where something is missing', async () => {
    generateAccount(aws.world, { deploymentGroups: 1, conditionOf: () => 'missing' })
    expect((await audit()).stdout.toLowerCase()).to.not.match(/nothing (is )?wrong/)
  })

  it('finds that a target group is missing that was made anew under its name', async () => {
    generateAccount(aws.world, { deploymentGroups: 1 })
    aws.world.deleteTargetGroup('web-0')
    aws.world.createTargetGroup({ name: 'web-0' })
    const { code, stdout } = await audit()
    expect(code).to.equal(1)
    expect(stdout.toLowerCase())
      .to.include('lacks web-0')
      .and.not.match(/nothing (is )?wrong/)
  })

  it('finds that a target group was deleted while it was attached', async () => {
    generateAccount(aws.world, { deploymentGroups: 1 })
    aws.world.deleteTargetGroup('web-0')
    const { code, stdout } = await audit()
    expect(code).to.equal(1)
    expect(stdout.toLowerCase())
      .to.include('target group web-0 does not exist')
      .and.not.match(/nothing (is )?wrong/)
  })

  for (const action of [
    'autoscaling:DescribeAutoScalingGroups',
    'codedeploy:BatchGetDeploymentGroups',
    'codedeploy:ListDeployments',
    'codedeploy:ListTagsForResource',
    'elasticloadbalancing:DescribeTargetGroups',
  ]) {
    it(`never says that nothing is wrong where ${action} is denied`, async () => {
      generateAccount(aws.world, { deploymentGroups: 1 })
      aws.faults.add({ kind: 'accessDenied', action, times: 'forever' })
      const { code, stdout } = await audit()
      expect(code).to.equal(2)
      expect(stdout.toLowerCase()).to.not.match(/nothing (is )?wrong/)
    })
  }
})
