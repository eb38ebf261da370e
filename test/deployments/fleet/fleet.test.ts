import { expect } from 'chai'
import { measureFleet } from './measure.ts'

describe('A fleet', function () {
  this.timeout(120_000)

  it('of 160 instances takes at most 20 invocations and 400 calls beside those of its scripts, whatever CodeDeploy refuses', async () => {
    const measured = await measureFleet({ deployments: 1, instances: 160, scripts: true })
    expect(measured).to.deep.include({ succeeded: 1, settled: 1, attaching: 1 })
    expect(measured.invocationsBesideScripts).to.be.at.most(20)
    expect(measured.callsBesideScripts).to.be.at.most(400)
    expect(measured.minutesToRelease).to.be.at.most(5)
    expect(measured.triesEach).to.be.below(5)
  })

  it('of 100 scripts that ask at once has one act, and the others make at most ten calls each', async () => {
    const measured = await measureFleet({ deployments: 1, instances: 100, scripts: true, isUnlimited: true })
    expect(measured).to.deep.include({ succeeded: 1, settled: 1, attaching: 1 })
    expect(measured.mostCallsOfALook).to.be.at.most(10)
  })

  it('of deployments at once has each settled, and no call repeated more than five times in the mean', async () => {
    const measured = await measureFleet({ deployments: 30, instances: 10, scripts: false })
    expect(measured).to.deep.include({ succeeded: 30, settled: 30 })
    expect(measured.minutesToRelease).to.be.at.most(6)
    expect(measured.triesEach).to.be.below(5)
  })
})
