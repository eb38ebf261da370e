import { expect } from 'chai'
import { generateAccount } from '../../simulator/account.ts'
import { simulate } from '../../simulator/simulate.ts'
import { sweepBundle } from './bundle.ts'
import { runtimeClientInUse, startLambdaRuntime } from './lambdaRuntime.ts'

describe(`The bundle of the sweep, under AWS's runtime client with ${runtimeClientInUse}`, () => {
  it('sweeps a region, and goes on after a run that failed', async () => {
    const aws = await simulate()
    generateAccount(aws.world, { applications: 2, deploymentGroups: 4, conditionOf: () => 'recorded' })
    const { accessKeyId, secretAccessKey } = aws.credentials({ kind: 'lambda', functionName: 'sweep' })
    const runtime = await startLambdaRuntime(await sweepBundle(), {
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      GREENLIGHT_GATE_FUNCTION: 'gate',
    })
    try {
      aws.faults.add({ action: 'codedeploy:ListApplications', kind: 'accessDenied' })
      expect(await runtime.invoke({})).to.have.nested.property('error.errorType', 'Error')
      expect(await runtime.invoke({})).to.deep.equal({
        payload: { deploymentGroups: 4, findings: {}, handled: 0, failures: 0, cutShort: false },
      })
      const tags = [...aws.world.autoScalingGroups.values()].flatMap((group) => group.tags)
      expect(tags).to.deep.equal([])
      for (const line of runtime.log()) expect(JSON.parse(line)).to.be.an('object')
    } finally {
      await runtime.stop()
      await aws.close()
    }
  })
})
