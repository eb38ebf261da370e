import { expect } from 'chai'
import sinon from 'sinon'
import { AwsError } from '../../../src/aws/awsError.ts'
import type { Change } from '../../../src/model/change.ts'
import { readGreen } from '../../../src/model/green.ts'
import { acting } from '../../../src/reconcile/act.ts'
import type { Ports } from '../../../src/reconcile/ports.ts'
import { autoScalingGroup, deploymentId, greenName, silentMeter } from '../builders.ts'

const tag: Change = {
  call: 'autoscaling:CreateOrUpdateTags',
  green: greenName,
  tags: { 'greenlight:record': deploymentId },
}
const attach: Change = {
  call: 'autoscaling:AttachLoadBalancerTargetGroups',
  green: greenName,
  targetGroups: [{ name: 'web', arn: 'arn' }],
}
const suspend: Change = { call: 'autoscaling:SuspendProcesses', green: greenName, processes: ['HealthCheck'] }
const resume: Change = { ...suspend, call: 'autoscaling:ResumeProcesses' }
const forget: Change = {
  call: 'autoscaling:DeleteTags',
  green: greenName,
  keys: ['greenlight:held', 'greenlight:attached/web'],
}
const denied = new AwsError('denied', { code: 'AccessDenied', mayPass: false })

describe('Changes', () => {
  let clock: sinon.SinonFakeTimers
  let made: string[]
  beforeEach(() => {
    clock = sinon.useFakeTimers()
    made = []
  })
  afterEach(() => clock.restore())

  const actor = (refusals: Readonly<Record<string, Error>> = {}) => {
    const port = (name: string) => async () => {
      made.push(name)
      if (refusals[name]) throw refusals[name]
    }
    const ports = {
      tag: port('tag'),
      untag: port('untag'),
      suspend: port('suspend'),
      resume: port('resume'),
      attachTargetGroups: port('attach'),
      detachTargetGroups: port('detach'),
      continueDeployment: port('continue'),
      stopDeployment: port('stop'),
    } as unknown as Ports
    const quiet = () => {}
    return acting(ports, { debug: quiet, info: quiet, warn: quiet, error: quiet }, silentMeter)
  }

  it('are made in their order, one a turn, so that everything is read again after each', async () => {
    const { perform } = actor()
    const turns = [tag, attach, { ...attach, call: 'autoscaling:DetachLoadBalancerTargetGroups' } as const]
    for (const _ of turns) expect(await perform(turns, deploymentId)).to.deep.equal({ act: 'changed' })
    expect(made).to.deep.equal(['tag', 'attach', 'detach'])
    expect(await perform(turns, deploymentId)).to.have.property('act', 'waiting')
  })

  it('are made again where they are not to be seen after 10 s', async () => {
    const { perform } = actor()
    await perform([attach], deploymentId)
    clock.tick(9_999)
    expect(await perform([attach], deploymentId)).to.deep.equal({
      act: 'waiting',
      reason: `${greenName} is still without web`,
    })
    clock.tick(1)
    expect(await perform([attach], deploymentId)).to.deep.equal({ act: 'changed' })
  })

  it('that AWS forbids fail at once, naming the parameter that must match', async () => {
    const { perform } = actor({ tag: denied })
    expect(await perform([tag, attach], deploymentId)).to.deep.equal({
      act: 'waiting',
      reason: `denied; the stack's parameter AutoScalingGroupNamePattern must match ${greenName}`,
    })
    const outcome = await perform([tag, attach], deploymentId).catch((error: Error) => error.message)
    expect(outcome).to.match(/^denied; /)
    expect(made).to.deep.equal(['tag'])
  })

  it('that take back are made all the same, where another was forbidden, which is told in the end', async () => {
    const { perform, settleAccounts } = actor({ attach: denied })
    const turn = () => perform([attach, resume], deploymentId, { andGoOn: true })
    await turn()
    expect(await turn()).to.deep.equal({ act: 'changed' })
    expect(made).to.deep.equal(['attach', 'resume'])
    expect(() => settleAccounts()).to.throw('denied')
    expect(await turn().catch((error: Error) => error.message)).to.match(/^denied/)
  })

  it('that take back and are forbidden themselves fail once nothing else is to be made or seen, and not at the end of the time', async () => {
    const { perform } = actor({ untag: denied })
    const turn = () => perform([forget, resume], deploymentId, { andGoOn: true })
    await turn()
    expect(await turn()).to.deep.equal({ act: 'changed' })
    expect(await turn()).to.have.property('act', 'waiting')
    const forgotten = perform([forget], deploymentId, { andGoOn: true })
    expect(await forgotten.catch((error: Error) => error.message)).to.match(/^denied/)
    expect(made).to.deep.equal(['untag', 'resume'])
  })

  it('of a deployment that AWS forbids say so in its own words', async () => {
    const stop: Change = { call: 'codedeploy:StopDeployment', deploymentId }
    expect(await actor({ stop: denied }).perform([stop], deploymentId)).to.deep.equal({
      act: 'waiting',
      reason: 'denied',
    })
  })

  it('that were made are remembered until they are taken back, though another invocation forgets them', async () => {
    const { perform, remembered } = actor()
    const green = readGreen(autoScalingGroup())
    await perform([suspend], deploymentId)
    await perform([attach], deploymentId)
    expect(remembered(green).records).to.deep.equal({
      record: undefined,
      held: { deploymentId, processes: ['HealthCheck'] },
      attached: new Map([['web', deploymentId]]),
    })
    await perform([forget], deploymentId)
    expect(remembered(green).records).to.deep.equal(green.records)
  })
})
