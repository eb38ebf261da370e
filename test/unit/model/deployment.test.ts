import { expect } from 'chai'
import { isOver, isStatus, statuses, withCopy } from '../../../src/model/deployment.ts'
import { deployment, greenName } from '../builders.ts'

describe('The status of a deployment', () => {
  it('is one of eight that Greenlight knows, or a word that AWS has added since', () => {
    expect(statuses.filter((status) => isStatus(status))).to.have.length(8)
    expect(['Exploded', 'ready', ''].map(isStatus)).to.deep.equal([false, false, false])
  })

  it('is its last where it has succeeded, failed or was stopped', () => {
    expect([...statuses, 'Exploded'].filter((status) => isOver({ status }))).to.deep.equal([
      ...['Succeeded', 'Failed', 'Stopped'],
    ])
  })
})

describe('The green of a deployment that names none', () => {
  const subject = {
    kind: 'server',
    greens: [greenName],
    isNamed: false,
    wanted: ['web'],
    classicLoadBalancers: [],
  } as const
  const greenOf = (copies: Parameters<typeof withCopy>[1], completedAt?: number) => {
    const { subject: found } = withCopy(deployment({ subject, completedAt }), copies)
    return 'greens' in found && found.greens
  }

  for (const [what, copies, green] of [
    ['has the name of a copy, where no Auto Scaling group carries its tag', [], greenName],
    ['carries its tag, whatever its name is', [{ name: 'renamed', createdAt: 1 }], 'renamed'],
    [
      'is the one with the name of its copy, where several carry its tag',
      [
        { name: 'renamed', createdAt: 1 },
        { name: greenName, createdAt: 2 },
      ],
      greenName,
    ],
    [
      'is the oldest of those with other names: later ones are copies of it',
      [
        { name: 'later', createdAt: 2 },
        { name: 'renamed', createdAt: 1 },
      ],
      'renamed',
    ],
  ] as const) {
    it(what, () => expect(greenOf(copies)).to.deep.equal([green]))
  }

  it('was made before the deployment ended: a copy of it that a later deployment made is none', () => {
    expect(greenOf([{ name: 'later', createdAt: 11 }], 10)).to.deep.equal([greenName])
    expect(greenOf([{ name: 'renamed', createdAt: 9 }], 10)).to.deep.equal(['renamed'])
  })

  it('is what CodeDeploy says, where it names one', () => {
    const named = deployment()
    expect(withCopy(named, [{ name: 'renamed', createdAt: 1 }])).to.equal(named)
  })
})
