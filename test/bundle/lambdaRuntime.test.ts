import { expect } from 'chai'
import { bundle } from '../../tools/bundle.ts'
import { builtBySam, gateBundle, sweepBundle } from './bundle.ts'
import { runtimeClientInUse, startLambdaRuntime } from './lambdaRuntime.ts'

describe(`The bundle ${builtBySam === undefined ? 'as esbuild writes it' : 'that sam build wrote'}, under AWS's runtime client with ${runtimeClientInUse}`, () => {
  let runtime: Awaited<ReturnType<typeof startLambdaRuntime>>
  before(async () => {
    // Nothing listens there: an answer that needs AWS would not come.
    runtime = await startLambdaRuntime(await gateBundle(), {
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    })
  })
  after(() => runtime.stop())

  it('answers a call whose deployment id is broken with a verdict that names it', async () => {
    expect(await runtime.invoke({ DeploymentId: 'nonsense' })).to.deep.equal({
      payload: {
        verdict: 'Failed',
        reason: 'DeploymentId "nonsense" is not "d-" and capitals and digits',
        deploymentId: 'nonsense',
      },
    })
  })

  it('fails the invocation for an event that it does not know, in a sentence that names its keys', async () => {
    expect(await runtime.invoke({ Records: [] })).to.have.nested.property(
      'error.errorMessage',
      'Greenlight does not know this event, whose keys are "Records". It takes {"DeploymentId", "LifecycleEventHookExecutionId"} ' +
        'from CodeDeploy, {"DeploymentId", "WaitSeconds", "DryRun"} from a script or a person, and what EventBridge or SNS say of deployments.',
    )
  })

  // In the second tier alone: in the first it would compare one thing with itself.
  if (builtBySam !== undefined) {
    it('is byte for byte the one that the other tests run', async () => {
      expect(await gateBundle()).to.equal(await bundle('GateFunction'))
      expect(await sweepBundle()).to.equal(await bundle('SweepFunction'))
    })
  }

  it('logs one JSON object a line', () => {
    const lines = runtime.log()
    expect(lines).to.not.be.empty
    for (const line of lines) expect(JSON.parse(line)).to.be.an('object')
  })
})
