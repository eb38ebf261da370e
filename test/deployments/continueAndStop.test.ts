import { expect } from 'chai'
import {
  badRelease,
  beginDeployment,
  type DeploymentOptions,
  doors,
  type PlayedDeployment,
  settled,
  untouched,
  wordsOf,
} from './playedDeployment.ts'

const lostAnswers = ['hangAfter', 'resetAfter', 'malformed', 'empty'] as const
const changed = { loadBalancerArns: [] }

for (const via of doors) {
  describe(`In mode gate a deployment that Greenlight hears of by ${via}`, () => {
    let deployment: PlayedDeployment
    afterEach(() => deployment.aws.end())

    const begin = async (options: DeploymentOptions = {}) => {
      deployment = await beginDeployment({
        via,
        mode: 'gate',
        settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
        ...options,
      })
      return deployment
    }
    const verdicts = () => ({
      lines: deployment.lines('Verdict').map(({ level, verdict }) => `${level} ${verdict}`),
      counted: deployment.aws.metrics('Verdict'),
      failed: deployment.aws.metrics('FailedVerdicts'),
      // CodeDeploy's test message to a new topic is refused as well (F36).
      refused: deployment.aws.metrics('Refused') - (via === 'SNS' ? 1 : 0),
    })
    const said = (verdict: 'Succeeded' | 'Failed') =>
      verdict === 'Succeeded'
        ? { lines: ['INFO Succeeded'], counted: 1, failed: 0, refused: 0 }
        : { lines: ['ERROR Failed'], counted: 1, failed: 1, refused: 1 }

    it('is held, attached, found healthy and continued by Greenlight alone', async () => {
      const { aws, id, later, now } = await begin()
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      expect(now()).to.deep.equal(settled)
      expect(
        aws
          .changes()
          .slice(0, 4)
          .map((call) => wordsOf(call, deployment)),
      ).to.deep.equal([
        'CreateOrUpdateTags record=D held=D five processes attached/web=D',
        'SuspendProcesses five processes',
        'AttachLoadBalancerTargetGroups web',
        'ContinueDeployment READY_WAIT',
      ])
      expect(verdicts()).to.deep.equal(said('Succeeded'))
    })

    it('is stopped when it is not healthy in time, verdict first, and undone; users of blue lose no request', async () => {
      const { aws, id, later, now, lines } = await begin({ healthy: false })
      expect(await aws.played(id)).to.equal('Stopped')
      await later(400)
      await aws.sweep()
      expect(now()).to.deep.equal(untouched)
      expect(lines('Verdict')[0])
        .to.have.property('reason')
        .that.matches(/^not healthy within 60 s: .* unhealthy in web \(Target\.ResponseCodeMismatch/)
      expect(aws.changes().map((call) => wordsOf(call, deployment))).to.deep.equal([
        'CreateOrUpdateTags record=D held=D five processes attached/web=D',
        'SuspendProcesses five processes',
        'AttachLoadBalancerTargetGroups web',
        'StopDeployment rollback false',
        'DetachLoadBalancerTargetGroups web',
        // By a sweep, once green is drained.
        'ResumeProcesses five processes',
        'DeleteTags held attached/web record',
      ])
      const told = aws.log.map(({ message, call }) => call ?? message)
      expect(told.indexOf('Verdict')).to.be.below(told.indexOf('autoscaling:DetachLoadBalancerTargetGroups'))
      expect(aws.world.deployments.get(id)?.rollbackInfo).to.equal(undefined)
      expect(verdicts()).to.deep.equal(said('Failed'))
    })

    for (const kind of lostAnswers) {
      it(`has one verdict, logged and counted, when it was stopped and the answer was lost: ${kind} [never silent]`, async () => {
        const { aws, id, later, now } = await begin({
          ...badRelease,
          faults: [{ action: 'codedeploy:StopDeployment', kind }],
        })
        expect(await aws.played(id)).to.equal('Stopped')
        await later(400)
        await aws.sweep()
        expect(now()).to.deep.equal(untouched)
        expect(verdicts()).to.deep.equal(said('Failed'))
      })

      it(`has one verdict, logged and counted, when it was continued and the answer was lost: ${kind} [never silent]`, async () => {
        const { aws, id, later, now } = await begin({ faults: [{ action: 'codedeploy:ContinueDeployment', kind }] })
        expect(await aws.played(id)).to.equal('Succeeded')
        await later(60)
        expect(now()).to.deep.equal(settled)
        expect(verdicts()).to.deep.equal(said('Succeeded'))
      })
    }

    it("has no verdict of Greenlight's when AWS refuses to stop it and somebody else stops it", async () => {
      const { aws, id, later, now } = await begin({
        ...badRelease,
        faults: [{ action: 'codedeploy:StopDeployment', kind: 'throttle', times: 'forever' }],
      })
      aws.clock.after(180_000, () => aws.world.stopDeployment(id))
      expect(await aws.played(id)).to.equal('Stopped')
      await later(400)
      await aws.sweep()
      expect(now()).to.deep.equal(untouched)
      // The invocations failed with what AWS said, and Lambda tried again.
      expect(verdicts()).to.deep.equal({ lines: [], counted: 0, failed: 0, refused: 2 })
    })

    it('may be continued by a person at the same moment: the lost race is a success', async () => {
      const { aws, id, later, now } = await begin()
      aws.faults.add({ action: 'codedeploy:ContinueDeployment', kind: 'latency', latencyMs: 3_000 })
      await aws.until(id, 'Ready')
      while (!aws.calls.some(({ action }) => action === 'codedeploy:ContinueDeployment')) await later(1)
      aws.world.continueDeployment(id)
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      expect(aws.changes().find(({ action }) => action === 'codedeploy:ContinueDeployment')?.outcome).to.equal(
        'DeploymentIsNotInReadyStateException',
      )
      expect(now()).to.deep.equal(settled)
      expect(new Set(aws.world.invocations.map(({ outcome }) => outcome))).to.deep.equal(new Set(['returned']))
    })

    it('is undone by the same invocation when a person stops it while Greenlight waits for green', async () => {
      const { aws, id, later, now, actions, lines } = await begin({ healthy: false })
      await aws.until(id, 'Ready')
      await later(20)
      expect(now()?.attached).to.deep.equal(['web'])
      // Nobody hears of the stop but by looking.
      aws.world.functions.delete(aws.functionName)
      aws.world.stopDeployment(id)
      await later(300)
      expect(now()).to.have.deep.property('attached', [])
      expect(actions()).to.not.include('StopDeployment')
      expect(lines('Verdict')).to.deep.equal([])
    })

    it('is not stopped when it has moved on meanwhile, and an error says so [never worse]', async () => {
      const { aws, id, later, actions, lines } = await begin()
      await aws.until(id, 'Ready')
      aws.faults.add({
        action: 'codedeploy:GetDeployment',
        kind: 'latency',
        latencyMs: 3_000,
        times: 'forever',
      })
      // Refused by what is read while it is Ready, and continued by a person before the fresh read.
      Object.assign(aws.world.targetGroups.get('web') ?? {}, changed)
      aws.clock.after(4_500, () => aws.world.continueDeployment(id))
      await later(60)
      expect(actions()).to.not.include('StopDeployment')
      expect(lines('Not stopped')[0])
        .to.deep.include({ level: 'ERROR' })
        .and.have.property('reason')
        .that.matches(
          /^no load balancer uses target group web; but CodeDeploy (moves its traffic already \(installed\)|has given traffic to some of green already)$/,
        )
    })

    it('is gated and not continued when it does not wait at Ready', async () => {
      const { aws, id, later, now, actions } = await begin({
        waitsAtReady: false,
        switches: { readyNotifiedWithoutWait: true },
      })
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      expect(now()).to.deep.equal(settled)
      expect(actions()).to.not.include('ContinueDeployment')
    })

    it('is not stopped when Greenlight cannot read: the invocation fails, and AWS tries again', async () => {
      const { aws, id, later, actions } = await begin({
        faults: [{ action: 'elasticloadbalancing:DescribeTargetHealth', kind: 'accessDenied', times: 'forever' }],
      })
      await aws.until(id, 'Ready')
      await later(600)
      expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
      expect(aws.world.invocations.filter(({ outcome }) => outcome === 'threw')).to.have.length(3)
      expect(actions()).to.not.include('StopDeployment')
    })

    for (const [kind, outcome] of [
      ['ResourceContention', 'threw'],
      ['InstanceRefreshInProgress', 'threw'],
      ['accessDenied', 'threw'],
    ] as const) {
      it(`is not stopped when AWS always refuses to attach: ${kind}`, async () => {
        const { aws, id, later, actions } = await begin({
          faults: [{ action: 'autoscaling:AttachLoadBalancerTargetGroups', kind, times: 'forever' }],
        })
        await aws.until(id, 'Ready')
        await later(600)
        expect(aws.world.deployments.get(id)?.status).to.equal('Ready')
        expect(aws.world.invocations.map((one) => one.outcome)).to.include(outcome)
        expect(actions().filter((action) => /^(Stop|Continue)Deployment$/.test(action))).to.deep.equal([])
      })
    }

    it('gets past a ResourceContention of each of its changes', async () => {
      const operations = ['CreateOrUpdateTags', 'SuspendProcesses', 'AttachLoadBalancerTargetGroups', 'ResumeProcesses']
      const { aws, id, later, now } = await begin({
        faults: operations.map((operation) => ({ action: `autoscaling:${operation}`, kind: 'ResourceContention' })),
      })
      expect(await aws.played(id)).to.equal('Succeeded')
      await later(60)
      expect(now()).to.deep.equal(settled)
    })
  })
}
