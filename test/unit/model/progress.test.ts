import { expect } from 'chai'
import { nothingToInstall } from '../../../src/model/progress.ts'

describe('The progress of a Lambda or ECS deployment', () => {
  it('is that everything is installed, on no instance', () => {
    expect(nothingToInstall).to.deep.equal({
      step: 'installed',
      failed: new Set(),
      waitingFor: [],
      askingSince: undefined,
    })
  })
})
