import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { holdOf, mayShowYet, releaseHold, releaseOf } from '../../../src/rules/holding.ts'
import { deploymentId, green, greenName } from '../builders.ts'

const now = 1_700_000_000_500
const noted = `${deploymentId} 1700000000`
const all = [noted, ...holdProcesses].join(' ')
const suspend = (processes: readonly string[]) => ({
  call: 'autoscaling:SuspendProcesses',
  green: greenName,
  processes,
})
const resume = (processes: readonly string[]) => ({ call: 'autoscaling:ResumeProcesses', green: greenName, processes })

describe('A hold', () => {
  it('suspends what could launch, kill or replace instances, on record first', () => {
    expect(holdOf(green(), deploymentId, now)).to.deep.equal({
      tags: { 'greenlight:record': deploymentId, 'greenlight:held': all },
      suspend: [suspend(holdProcesses)],
    })
  })

  it('leaves out what somebody had suspended before', () => {
    const rest = holdProcesses.filter((process) => process !== 'AZRebalance')
    const { tags, suspend: changes } = holdOf(green({ suspended: ['AZRebalance', 'Launch'] }), deploymentId, now)
    expect(tags['greenlight:held']).to.equal([noted, ...rest].join(' '))
    expect(changes).to.deep.equal([suspend(rest)])
  })

  it('is nothing where all was suspended before: Greenlight may resume nothing of it', () => {
    expect(holdOf(green({ suspended: holdProcesses }), deploymentId, now)).to.deep.equal({ tags: {}, suspend: [] })
  })

  it('adopts what CodeDeploy copied from an older green, with what Greenlight had suspended there', () => {
    const copied = green({
      tags: { 'greenlight:held': 'd-OLD HealthCheck AlarmNotification' },
      suspended: ['HealthCheck', 'AZRebalance'],
    })
    const { tags, suspend: changes } = holdOf(copied, deploymentId, now)
    expect(tags['greenlight:held']).to.equal(`${noted} HealthCheck AlarmNotification ReplaceUnhealthy ScheduledActions`)
    expect(changes).to.deep.equal([suspend(['AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions'])])
  })

  it('is what its record says once it is on record, whatever somebody resumed by hand since', () => {
    const { tags, suspend: changes } = holdOf(
      green({ tags: { 'greenlight:held': `${deploymentId} HealthCheck` } }),
      deploymentId,
      now,
    )
    expect(tags['greenlight:held']).to.equal(`${deploymentId} HealthCheck`)
    expect(changes).to.deep.equal([suspend(['HealthCheck'])])
  })

  it('keeps the second in which it was recorded', () => {
    const tags = { 'greenlight:held': `${deploymentId} 1600000000 HealthCheck` }
    expect(holdOf(green({ tags }), deploymentId, now).tags['greenlight:held']).to.equal(tags['greenlight:held'])
  })
})

describe('A release', () => {
  const tags = { 'greenlight:held': `${deploymentId} 1600000000 HealthCheck AZRebalance` }

  it('resumes exactly what is on record and suspended, and forgets nothing with it', () => {
    expect(releaseOf(green({ tags, suspended: ['HealthCheck', 'Launch'] }), now)).to.deep.equal({
      resume: [resume(['HealthCheck'])],
      keys: [],
      awaited: [],
    })
  })

  it('forgets the hold once a look shows that nothing of it is suspended', () => {
    for (const value of [tags['greenlight:held'], `${deploymentId} HealthCheck`]) {
      const released = green({ tags: { 'greenlight:held': value }, suspended: ['Launch'] })
      expect(releaseOf(released, now)).to.deep.equal({ resume: [], keys: ['greenlight:held'], awaited: [] })
    }
  })

  it('forgets no hold of the last ten seconds, which AWS may not show yet', () => {
    const fresh = green({ tags: { 'greenlight:held': `${noted} HealthCheck` } })
    expect(releaseOf(fresh, now + 9_000)).to.deep.equal({
      resume: [],
      keys: [],
      awaited: [`${greenName} may not show yet that it is held`],
    })
    expect(releaseOf(fresh, now + 10_000)).to.deep.include({ keys: ['greenlight:held'], awaited: [] })
  })

  it('is nothing where nothing is held', () => {
    expect(releaseOf(green({ suspended: holdProcesses }), now)).to.deep.equal({ resume: [], keys: [], awaited: [] })
  })
})

describe('A release alone', () => {
  it('resumes, and on a later look forgets, the hold and nothing else', () => {
    const tags = { 'greenlight:record': 'd-1', 'greenlight:held': 'd-1 HealthCheck', 'greenlight:attached/web': 'd-1' }
    expect(releaseHold(green({ tags, suspended: ['HealthCheck'] }), now)).to.deep.equal([resume(['HealthCheck'])])
    expect(releaseHold(green({ tags }), now)).to.deep.equal([
      { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:held'] },
    ])
    expect(releaseHold(green(), now)).to.deep.equal([])
  })
})

describe('What was noted', () => {
  it('may not show for ten seconds, whichever clock is ahead; an older version noted no second', () => {
    const ages = [-10_000, -9_999, 0, 9_999, 10_000]
    expect(ages.map((age) => mayShowYet({ deploymentId, at: now - age }, now))).to.deep.equal([
      ...[false, true, true, true, false],
    ])
    expect(mayShowYet({ deploymentId, at: undefined }, now)).to.equal(false)
  })
})
