/**
 * A deployment from end to end, with the script of appspec/ on every instance: with the real `aws` and `curl` where
 * GREENLIGHT_REAL_AWS names an AWS CLI (.ci/run), else with their stand-ins.
 */
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { simulate } from '../../simulator/simulate.ts'
import { arrangeBlueGreen, greenOf, targetStates } from '../../simulator/test/arranged.ts'
import { virtualTime } from '../../simulator/virtualTime.ts'
import { greenlight } from '../../tools/greenlight.ts'
import { authorizeByTemplate } from '../policies/authorize.ts'
import { instancePath, realAws } from './instancePath.ts'

const script = fileURLToPath(new URL('../../appspec/before-allow-traffic.sh', import.meta.url))

describe(`A blue/green deployment whose instances have ${realAws ?? "the stand-in of 'aws'"}`, () => {
  it('succeeds once Greenlight has told each of them so', async function () {
    this.timeout(60_000)
    const time = virtualTime()
    const simulator = await simulate({ instancePath: instancePath(), authorize: authorizeByTemplate() })
    try {
      const { world } = simulator
      world.createFunction(await greenlight(simulator))
      arrangeBlueGreen(simulator)
      const hooks = { BeforeAllowTraffic: [{ script, timeoutSeconds: 2100 }] }
      const id = world.deploy({ deploymentGroup: 'production', revision: { version: 'v2', hooks } })

      expect(await time.run(world.deploymentEnded(id))).to.equal('Succeeded')
      expect(world.autoScalingGroups.get(greenOf(id))?.targetGroupArns).to.deep.equal([
        world.targetGroups.get('web')?.arn,
      ])
      expect(Object.values(targetStates(simulator, 'web'))).to.deep.equal(['healthy', 'healthy'])
      const runs = world.scriptRuns.map(({ exitCode, output }) => ({
        exitCode,
        last: output.trim().split('\n').at(-1),
      }))
      expect(runs).to.have.length(2)
      for (const { exitCode, last } of runs) {
        expect(exitCode).to.equal(0)
        expect(last).to.match(/^Greenlight: Succeeded after \d+ s: ./)
      }
      // The region was asked of the instance metadata, and nobody else than the instances invoked the function.
      const invokers = simulator.calls
        .filter(({ service }) => service === 'lambda')
        .map(({ principal }) => principal.kind)
      expect([...new Set(invokers)]).to.deep.equal(['instance'])
    } finally {
      await simulator.close()
      time.restore()
    }
  })
})
