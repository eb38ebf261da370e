import { expect } from 'chai'
import { allOf, pagesOf } from '../../../src/aws/pages.ts'

describe('Pages', () => {
  const numbered = (asked: (string | undefined)[]) => async (token: string | undefined) => {
    asked.push(token)
    return { items: [asked.length], next: asked.length < 3 ? `page ${asked.length + 1}` : undefined }
  }

  it('are asked for one after the other, as long as there is a next one', async () => {
    const asked: (string | undefined)[] = []
    expect(await allOf(numbered(asked))).to.deep.equal([1, 2, 3])
    expect(asked).to.deep.equal([undefined, 'page 2', 'page 3'])
  })

  it('end with an empty token, and may have no items', async () => {
    expect(await allOf(async () => ({ items: undefined, next: '' }))).to.deep.equal([])
  })

  it('are not asked for ahead', async () => {
    const asked: (string | undefined)[] = []
    for await (const page of pagesOf(numbered(asked))) {
      expect(page).to.deep.equal([1])
      break
    }
    expect(asked).to.have.length(1)
  })
})
