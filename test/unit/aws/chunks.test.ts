import { expect } from 'chai'
import { inChunksOf } from '../../../src/aws/chunks.ts'

describe('Chunks', () => {
  it('are of at most so many, and keep their order', async () => {
    expect(await inChunksOf(2, [1, 2, 3, 4, 5], async (chunk) => [...chunk])).to.deep.equal([[1, 2], [3, 4], [5]])
    expect(await inChunksOf(2, [1, 2], async (chunk) => chunk.length)).to.deep.equal([2])
  })

  it('are none where there is nothing to ask for', async () => {
    expect(await inChunksOf(2, [], () => Promise.reject(new Error('nothing to ask')))).to.deep.equal([])
  })
})
