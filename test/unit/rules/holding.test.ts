import { expect } from 'chai'
import { holdProcesses } from '../../../src/model/records.ts'
import { holdOf, holdRelease, releaseHold } from '../../../src/rules/holding.ts'
import { deploymentId, green, greenName } from '../builders.ts'

const all = [deploymentId, ...holdProcesses].join(' ')
const suspend = (processes: readonly string[]) => ({
  call: 'autoscaling:SuspendProcesses',
  green: greenName,
  processes,
})
const resume = (processes: readonly string[]) => ({ call: 'autoscaling:ResumeProcesses', green: greenName, processes })

describe('A hold', () => {
  it('suspends what could launch, kill or replace instances, on record first', () => {
    expect(holdOf(green(), deploymentId)).to.deep.equal({
      tags: { 'greenlight:record': deploymentId, 'greenlight:held': all },
      suspend: [suspend(holdProcesses)],
    })
  })

  it('leaves out what somebody had suspended before', () => {
    const rest = holdProcesses.filter((process) => process !== 'AZRebalance')
    const { tags, suspend: changes } = holdOf(green({ suspended: ['AZRebalance', 'Launch'] }), deploymentId)
    expect(tags['greenlight:held']).to.equal([deploymentId, ...rest].join(' '))
    expect(changes).to.deep.equal([suspend(rest)])
  })

  it('is nothing where all was suspended before: Greenlight may resume nothing of it', () => {
    expect(holdOf(green({ suspended: holdProcesses }), deploymentId)).to.deep.equal({ tags: {}, suspend: [] })
  })

  it('adopts what CodeDeploy copied from an older green, with what Greenlight had suspended there', () => {
    const copied = green({
      tags: { 'greenlight:held': 'd-OLD HealthCheck AlarmNotification' },
      suspended: ['HealthCheck', 'AZRebalance'],
    })
    const { tags, suspend: changes } = holdOf(copied, deploymentId)
    expect(tags['greenlight:held']).to.equal(
      `${deploymentId} HealthCheck AlarmNotification ReplaceUnhealthy ScheduledActions`,
    )
    expect(changes).to.deep.equal([suspend(['AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions'])])
  })

  it('is what its record says once it is on record, whatever somebody resumed by hand since', () => {
    const { tags, suspend: changes } = holdOf(
      green({ tags: { 'greenlight:held': `${deploymentId} HealthCheck` } }),
      deploymentId,
    )
    expect(tags['greenlight:held']).to.equal(`${deploymentId} HealthCheck`)
    expect(changes).to.deep.equal([suspend(['HealthCheck'])])
  })
})

describe('A release', () => {
  it('resumes exactly what is on record and suspended, and forgets it', () => {
    const held = green({
      tags: { 'greenlight:held': `${deploymentId} HealthCheck AZRebalance` },
      suspended: ['HealthCheck', 'Launch'],
    })
    expect(holdRelease(held)).to.deep.equal({
      resume: [resume(['HealthCheck'])],
      keys: ['greenlight:held', 'greenlight:record'],
    })
  })

  it('keeps the record where an attachment is on record too', () => {
    const held = green({
      tags: { 'greenlight:held': `${deploymentId} HealthCheck`, 'greenlight:attached/web': deploymentId },
    })
    expect(holdRelease(held)).to.deep.equal({ resume: [], keys: ['greenlight:held'] })
  })

  it('is nothing where nothing is held', () => {
    expect(holdRelease(green({ suspended: holdProcesses }))).to.deep.equal({ resume: [], keys: [] })
  })
})

describe('A release alone', () => {
  it('resumes and forgets the hold, and nothing else', () => {
    const held = green({
      tags: { 'greenlight:record': 'd-1', 'greenlight:held': 'd-1 HealthCheck', 'greenlight:attached/web': 'd-1' },
      suspended: ['HealthCheck'],
    })
    expect(releaseHold(held)).to.deep.equal([
      resume(['HealthCheck']),
      { call: 'autoscaling:DeleteTags', green: greenName, keys: ['greenlight:held'] },
    ])
    expect(releaseHold(green())).to.deep.equal([])
  })
})
