import { expect } from 'chai'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { builtBySam } from './bundle.ts'
import { runtimeClientInUse } from './lambdaRuntime.ts'
import { type ServedHook, serveHook } from './servedHook.ts'

describe(`A hook, end to end: ${builtBySam === undefined ? 'the bundle' : 'the bundle of sam build'} under AWS's runtime client with ${runtimeClientInUse}`, () => {
  let served: ServedHook
  const start = async (settings: Readonly<Record<string, string>> = {}) => {
    served = await serveHook(settings)
    return served
  }
  afterEach(() => served.end())

  const calls = () => served.aws.calls.map(({ action, outcome }) => `${action} ${outcome}`)

  it('passes the deployment once the load balancer finds green healthy', async () => {
    const { aws, deploy } = await start()
    expect(await deploy()).to.equal('Succeeded')
    expect(aws.world.autoScalingGroups.get('CodeDeploy_web')?.targetGroupArns).to.have.length(1)
    expect(calls().filter((call) => call.startsWith('codedeploy:Put'))).to.deep.equal([
      'codedeploy:PutLifecycleEventHookExecutionStatus ok',
    ])
  })

  it('fails a deployment whose target group is gone, and the same process passes the next one', async () => {
    const { aws, deploy, runtime } = await start()
    aws.world.deleteTargetGroup('web')
    expect(await deploy()).to.equal('Failed')
    aws.world.createTargetGroup({ name: 'web' })
    ownersAgree(aws.world, 'mailer/production')
    expect(await deploy()).to.equal('Succeeded')
    expect(
      runtime
        .log()
        .map((line) => JSON.parse(line))
        // The metric beside it names its verdict too.
        .filter(({ message }) => message === 'Verdict')
        .map(({ verdict }) => verdict),
    ).to.deep.equal(['Failed', 'Succeeded'])
  })

  it('reports Failed for settings that do not parse, naming the value, and goes on', async () => {
    const { deploy, runtime } = await start({ GREENLIGHT_MINIMUM_HEALTHY_PERCENT: 'most' })
    expect(await deploy()).to.equal('Failed')
    expect(await deploy()).to.equal('Failed')
    expect(calls()).to.deep.equal(Array.from({ length: 2 }, () => 'codedeploy:PutLifecycleEventHookExecutionStatus ok'))
    expect(runtime.log().join('\n')).to.contain('GREENLIGHT_MINIMUM_HEALTHY_PERCENT is \\"most\\"')
  })
})
