import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { hold } from '../../../src/rules/hold.ts'
import { deploymentId, green, greenName, heldGreen, seenAs } from '../builders.ts'

describe('Hold', () => {
  it('records what it is about to suspend on each green, and then suspends it', () => {
    const changesOf = (name: string) => [
      {
        call: 'autoscaling:CreateOrUpdateTags',
        green: name,
        tags: {
          'greenlight:record': deploymentId,
          'greenlight:held': [deploymentId, '7', ...holdProcesses].join(' '),
        },
      },
      { call: 'autoscaling:SuspendProcesses', green: name, processes: holdProcesses },
    ]
    expect(hold(seenAs('hold', { greens: [green({ name: 'a' }), green({ name: 'b' })] }), 7_900)).to.deep.equal({
      decision: 'change',
      changes: [...changesOf('a'), ...changesOf('b')],
    })
  })

  it('attaches nothing: CodeDeploy has not given green any traffic', () => {
    const seen = seenAs('hold', { greens: [heldGreen({ targetGroups: [] })] })
    expect(hold(seen, 0)).to.deep.equal({
      decision: 'done',
      reason: `${greenName} is held until traffic has arrived`,
      left: [],
    })
  })

  it('says so where there is no green', () => {
    expect(hold(seenAs('hold', { greens: [] }), 0)).to.have.property('reason', 'there is no green to hold')
  })
})
