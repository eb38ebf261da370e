import { expect } from 'chai'
import {
  beginDeployment,
  type DeploymentOptions,
  type PlayedDeployment,
  settled,
  testInTwin,
  untouched,
  type World,
  wordsOf,
} from '../playedDeployment.ts'

/** Ids of the instances that are registered in a target group. */
const registeredIn = (world: World, name: string): readonly string[] =>
  [...(world.targetGroups.get(name)?.targets.values() ?? [])]
    .filter(({ state }) => state !== 'draining')
    .map(({ id }) => id)

describe('Test target groups: the calls', () => {
  let deployment: PlayedDeployment
  afterEach(() => deployment.aws.end())

  const begin = async (options: DeploymentOptions = {}) => {
    deployment = await beginDeployment({
      via: 'EventBridge',
      mode: 'gate',
      arrange: testInTwin,
      ...options,
      settings: { GREENLIGHT_HEALTH_TIMEOUT_SECONDS: '60' },
    })
    return deployment
  }
  const words = () => deployment.aws.changes().map((call) => wordsOf(call, deployment))

  it('of a good release, in their order', async () => {
    const { aws, id, later, now, lines } = await begin()
    expect(await aws.played(id)).to.equal('Succeeded')
    await later(60)
    expect(now()).to.deep.equal(settled)
    expect(registeredIn(aws.world, 'greenlight-web')).to.deep.equal([])
    expect(lines('Verdict')[0])
      .to.have.property('reason')
      .that.matches(/has 2 of 2 instances healthy in test target group greenlight-web$/)
    expect(words()).to.deep.equal([
      'CreateOrUpdateTags record=D held=D five processes testing/greenlight-web=D',
      'SuspendProcesses five processes',
      'RegisterTargets greenlight-web i i',
      'ContinueDeployment READY_WAIT',
      // Nobody tells of the arrival before the end.
      'ResumeProcesses HealthCheck AZRebalance ReplaceUnhealthy',
      'CreateOrUpdateTags attached/web=D',
      'AttachLoadBalancerTargetGroups web',
      'DeregisterTargets greenlight-web i i',
      'DeleteTags held attached/web testing/greenlight-web record',
    ])
  })

  it('of a bad release, in their order', async () => {
    const { aws, id, later, now, lines } = await begin({ healthy: false })
    expect(await aws.played(id)).to.equal('Stopped')
    await later(60)
    expect(now()).to.deep.equal(untouched)
    expect(registeredIn(aws.world, 'greenlight-web')).to.deep.equal([])
    expect(lines('Verdict')[0])
      .to.have.property('reason')
      .that.matches(/^not healthy within 60 s: .* unhealthy in greenlight-web \(Target\.ResponseCodeMismatch/)
    expect(words()).to.deep.equal([
      'CreateOrUpdateTags record=D held=D five processes testing/greenlight-web=D',
      'SuspendProcesses five processes',
      'RegisterTargets greenlight-web i i',
      'StopDeployment rollback false',
      'DeregisterTargets greenlight-web i i',
      'ResumeProcesses five processes',
      'DeleteTags held testing/greenlight-web record',
    ])
  })
})
