import { expect } from 'chai'
import { readInvocation } from '../../../src/invocation/invocation.ts'

describe('An invocation', () => {
  it("is a hook, by CodeDeploy's own event", () => {
    expect(readInvocation({ DeploymentId: 'd-ABC123', LifecycleEventHookExecutionId: 'eyJlbmMi' })).to.deep.equal({
      kind: 'hook',
      deploymentId: 'd-ABC123',
      executionId: 'eyJlbmMi',
      refusal: undefined,
    })
  })

  it('is a hook still when CodeDeploy adds to its event one day', () => {
    const event = {
      DeploymentId: 'd-ABC123',
      LifecycleEventHookExecutionId: 'eyJlbmMi',
      LifecycleEvent: 'BeforeAllowTraffic',
    }
    expect(readInvocation(event)).to.deep.include({ kind: 'hook', refusal: undefined })
  })

  it('is a call, which waits as long as the function may run unless it says otherwise', () => {
    expect(readInvocation({ DeploymentId: 'd-ABC123' })).to.deep.equal({
      kind: 'call',
      deploymentId: 'd-ABC123',
      waitSeconds: Number.POSITIVE_INFINITY,
      isDryRun: false,
      caller: undefined,
      refusal: undefined,
    })
    expect(readInvocation({ DeploymentId: 'd-ABC123', WaitSeconds: 45 })).to.deep.include({ waitSeconds: 45 })
  })

  for (const [broken, refusal] of [
    ['d-abc123', 'DeploymentId "d-abc123" is not "d-" and capitals and digits'],
    ['D-ABC123', 'DeploymentId "D-ABC123" is not "d-" and capitals and digits'],
    ['d-ABC123\n', 'DeploymentId "d-ABC123\\n" is not "d-" and capitals and digits'],
    ['', 'DeploymentId "" is not "d-" and capitals and digits'],
  ] as const) {
    it(`with the deployment id ${JSON.stringify(broken)} is refused, and a caller that waits can still be answered`, () => {
      expect(readInvocation({ DeploymentId: broken })).to.deep.include({ kind: 'call', deploymentId: broken, refusal })
      expect(readInvocation({ DeploymentId: broken, LifecycleEventHookExecutionId: 'e' })).to.deep.equal({
        kind: 'hook',
        deploymentId: broken,
        executionId: 'e',
        refusal,
      })
    })
  }

  it('with a deployment id that is no string is refused, and answered without it', () => {
    expect(readInvocation({ DeploymentId: 7, LifecycleEventHookExecutionId: 'e' })).to.deep.equal({
      kind: 'hook',
      deploymentId: undefined,
      executionId: 'e',
      refusal: 'DeploymentId is not a string',
    })
    expect(readInvocation({ LifecycleEventHookExecutionId: 'e' })).to.deep.include({
      kind: 'hook',
      refusal: 'the event has no DeploymentId',
    })
  })

  for (const [waitSeconds, refusal] of [
    ['45', 'WaitSeconds "45" is not a number'],
    [0, 'WaitSeconds 0 is less than 1'],
    [1.5, 'WaitSeconds 1.5 is not a whole number'],
    [841, 'WaitSeconds 841 is more than 840, the longest that leaves time to answer'],
  ] as const) {
    it(`with WaitSeconds ${JSON.stringify(waitSeconds)} is refused`, () => {
      expect(readInvocation({ DeploymentId: 'd-ABC123', WaitSeconds: waitSeconds })).to.deep.include({
        kind: 'call',
        refusal,
      })
    })
  }

  it('is a dry run where a call says so', () => {
    expect(readInvocation({ DeploymentId: 'd-ABC123', DryRun: true })).to.deep.equal({
      kind: 'call',
      deploymentId: 'd-ABC123',
      waitSeconds: Number.POSITIVE_INFINITY,
      isDryRun: true,
      caller: undefined,
      refusal: undefined,
    })
    expect(readInvocation({ DeploymentId: 'd-ABC123', DryRun: false })).to.deep.include({
      isDryRun: false,
      refusal: undefined,
    })
  })

  for (const dryRun of ['true', 1, null]) {
    it(`with DryRun ${JSON.stringify(dryRun)} is refused`, () => {
      expect(readInvocation({ DeploymentId: 'd-ABC123', DryRun: dryRun })).to.deep.include({
        kind: 'call',
        isDryRun: false,
        refusal: `DryRun ${JSON.stringify(dryRun)} is not true or false`,
      })
    })
  }

  it('is that of an instance where its script says so', () => {
    for (const [id, caller, refusal] of [
      ['i-0a1', 'i-0a1', undefined],
      ['host', undefined, 'InstanceId "host" is no id of an instance'],
      [7, undefined, 'InstanceId 7 is not a string'],
    ] as const) {
      const read = readInvocation({ DeploymentId: 'd-ABC123', InstanceId: id })
      expect(read).to.deep.include({ kind: 'call', caller, refusal })
    }
  })

  it('with a misspelt key is refused, since people type it', () => {
    expect(readInvocation({ DeploymentId: 'd-ABC123', waitSeconds: 5 })).to.deep.include({
      kind: 'call',
      refusal: '"waitSeconds" is no key of a call: it takes DeploymentId, WaitSeconds, DryRun and InstanceId',
    })
  })

  for (const event of [{}, null, undefined, 'd-ABC123', 7, [], { deploymentId: 'd-ABC123' }, { Records: [] }]) {
    it(`that is ${JSON.stringify(event)} fails, since there is no caller to answer`, () => {
      expect(() => readInvocation(event)).to.throw(/^Greenlight does not know this event, .* It takes \{"DeploymentId"/)
    })
  }

  it('of no known shape is refused by the names of its keys, and none of its values is shown', () => {
    const artifactCredentials = { accessKeyId: 'ASIASECRET', secretAccessKey: 'SECRET', sessionToken: 'SECRET' }
    const event = { 'CodePipeline.job': { id: 'SECRET', data: { artifactCredentials } }, other: 'SECRET' }
    expect(() => readInvocation(event))
      .to.throw(/^Greenlight does not know this event, whose keys are "CodePipeline.job" and "other"\. It takes/)
      .with.property('message')
      .that.does.not.include('SECRET')
    const long = { ...Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${n}`.repeat(1_000), n])) }
    expect(() => readInvocation(long)).to.throw(/^.{200,1000}$/)
  })

  it("is a hook of ECS's own deployments, by ECS's own event", () => {
    expect(
      readInvocation({
        executionId: '00000000-0000-4000-8000-000000000001',
        lifecycleStage: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
        resourceArn: 'arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/web/1',
        executionDetails: { testTrafficWeights: {}, productionTrafficWeights: {} },
      }),
    ).to.deep.equal({ kind: 'ecsHook' })
  })
})
