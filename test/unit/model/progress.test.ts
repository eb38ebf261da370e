import { expect } from 'chai'
import { nothingToInstall } from '../../../src/model/progress.ts'

describe('The progress of a Lambda or ECS deployment', () => {
  it('is that everything is installed, on no instance', () => {
    expect(nothingToInstall).to.deep.equal({
      isWhole: true,
      step: 'installed',
      givenUp: new Set(),
      listed: new Set(),
      waitingFor: [],
      hasBegunTraffic: false,
      asking: [],
      askingSince: undefined,
    })
  })
})
