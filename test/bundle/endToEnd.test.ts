import { expect } from 'chai'
import { type Simulator, simulate } from '../../simulator/simulate.ts'
import { ownersAgree } from '../deployments/ownersAgree.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { builtBySam, gateBundle } from './bundle.ts'
import { runtimeClientInUse, startLambdaRuntime } from './lambdaRuntime.ts'

// On the wall clock, a minute a second: the function is a process of its own.
describe(`A hook, end to end: ${builtBySam === undefined ? 'the bundle' : 'the bundle of sam build'} under AWS's runtime client with ${runtimeClientInUse}`, () => {
  let aws: Simulator
  let runtime: Awaited<ReturnType<typeof startLambdaRuntime>>

  const start = async (settings: Readonly<Record<string, string>> = {}) => {
    aws = await simulate({ speed: 60, authorize: authorizeByTemplate() })
    const { accessKeyId, secretAccessKey } = aws.credentials({
      kind: 'lambda',
      functionName: 'CodeDeployHook_greenlight',
    })
    runtime = await startLambdaRuntime(await gateBundle(), {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...settings,
    })
    aws.world.createFunction({
      name: 'CodeDeployHook_greenlight',
      handler: async (event) => {
        const invoked = await runtime.invoke(event)
        if ('error' in invoked) throw new Error(invoked.error.errorMessage)
        return invoked.payload
      },
    })
    aws.world.createTargetGroup({ name: 'web' })
    aws.world.createAutoScalingGroup({ name: 'CodeDeploy_web' })
    aws.world.createDeploymentGroup({
      application: 'mailer',
      name: 'production',
      computePlatform: 'Lambda',
      tags: { 'greenlight:auto-scaling-groups': 'CodeDeploy_web', 'greenlight:target-groups': 'web' },
    })
    ownersAgree(aws.world, 'mailer/production')
  }
  afterEach(async () => {
    await runtime.stop()
    await aws.close()
  })

  const deploy = () =>
    aws.world.deploymentEnded(
      aws.world.deploy({
        application: 'mailer',
        deploymentGroup: 'production',
        lambdaHooks: { BeforeAllowTraffic: 'CodeDeployHook_greenlight' },
      }),
    )
  const calls = () => aws.calls.map(({ action, outcome }) => `${action} ${outcome}`)

  it('passes the deployment once the load balancer finds green healthy', async () => {
    await start()
    expect(await deploy()).to.equal('Succeeded')
    expect(aws.world.autoScalingGroups.get('CodeDeploy_web')?.targetGroupArns).to.have.length(1)
    expect(calls().filter((call) => call.startsWith('codedeploy:Put'))).to.deep.equal([
      'codedeploy:PutLifecycleEventHookExecutionStatus ok',
    ])
  })

  it('fails a deployment whose target group is gone, and the same process passes the next one', async () => {
    await start()
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
    await start({ GREENLIGHT_MINIMUM_HEALTHY_PERCENT: 'most' })
    expect(await deploy()).to.equal('Failed')
    expect(await deploy()).to.equal('Failed')
    expect(calls()).to.deep.equal(Array.from({ length: 2 }, () => 'codedeploy:PutLifecycleEventHookExecutionStatus ok'))
    expect(runtime.log().join('\n')).to.contain('GREENLIGHT_MINIMUM_HEALTHY_PERCENT is \\"most\\"')
  })
})
