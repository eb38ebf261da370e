import { expect } from 'chai'
import { readTests } from '../../../src/model/testTargetGroups.ts'

const tag = 'greenlight:test-target-groups'
const read = (tags: Readonly<Record<string, string>>) =>
  readTests('deployment group shop/production', new Map(Object.entries(tags)))
const refusal = (found: string) => ({
  refusal: `tag ${tag} of deployment group shop/production ${found}; it must be 1 to 20 names of target groups`,
})
const names = Array.from({ length: 21 }, (_, index) => `greenlight-${index}`)

describe('The test target groups of a deployment group', () => {
  for (const [what, tags, found] of [
    ['are none without the tag', { other: 'web' }, []],
    ['are names, by spaces, each once', { [tag]: ' Web-1\tapi  Web-1 ' }, ['Web-1', 'api']],
    ['go on in /2', { [`${tag}/2`]: 'b', [tag]: 'a' }, ['a', 'b']],
    ['are as many as one deployment group names target groups', { [tag]: names.slice(1).join(' ') }, names.slice(1)],
    ['are refused where there are more', { [tag]: names.join(' ') }, refusal('has 21 names')],
    ['are refused where the tag names none', { [tag]: ' ' }, refusal('has 0 names')],
    ['are refused where no target group can have such a name', { [tag]: 'a web_2' }, refusal('is "web_2" in part')],
    [
      'are refused where a tag is missing before one that is there',
      { [tag]: 'a', [`${tag}/3`]: 'c' },
      { refusal: `deployment group shop/production has no tag ${tag}/2, but one that continues it` },
    ],
  ] as const) {
    it(what, () => expect(read(tags)).to.deep.equal(found))
  }
})
