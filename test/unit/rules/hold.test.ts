import { expect } from 'chai'
import { factsOf, outstanding } from '../../../src/model/change.ts'
import { readGreen } from '../../../src/model/green.ts'
import { isMode, readMode } from '../../../src/model/mode.ts'
import { heldValue, holdProcesses, readRecords } from '../../../src/model/records.ts'
import { foreignKeys, holdOf, releaseOf, tagging, untagging } from '../../../src/rules/hold.ts'
import { autoScalingGroup, deploymentId, greenName } from '../builders.ts'

const green = (tags: Readonly<Record<string, string>> = {}, suspended: readonly string[] = []) =>
  readGreen(
    autoScalingGroup({
      SuspendedProcesses: suspended.map((ProcessName) => ({ ProcessName })),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) as never,
    }),
  )
const all = [deploymentId, ...holdProcesses].join(' ')
const suspend = (processes: readonly string[]) => ({
  call: 'autoscaling:SuspendProcesses',
  green: greenName,
  processes,
})
const resume = (processes: readonly string[]) => ({ call: 'autoscaling:ResumeProcesses', green: greenName, processes })

describe('A hold (design 2.4)', () => {
  it('suspends what could launch, kill or replace instances, on record first', () => {
    expect(holdOf(green(), deploymentId)).to.deep.equal({
      tags: { 'greenlight:record': deploymentId, 'greenlight:held': all },
      suspend: [suspend(holdProcesses)],
    })
  })

  it('leaves out what somebody had suspended before', () => {
    const rest = holdProcesses.filter((process) => process !== 'AZRebalance')
    const { tags, suspend: changes } = holdOf(green({}, ['AZRebalance', 'Launch']), deploymentId)
    expect(tags['greenlight:held']).to.equal([deploymentId, ...rest].join(' '))
    expect(changes).to.deep.equal([suspend(rest)])
  })

  it('is nothing where all was suspended before: nothing of it would be ours to resume', () => {
    expect(holdOf(green({}, holdProcesses), deploymentId)).to.deep.equal({ tags: {}, suspend: [] })
  })

  it('adopts what CodeDeploy copied from an older green, with what we had suspended there', () => {
    const copied = green({ 'greenlight:held': 'd-OLD HealthCheck AlarmNotification' }, ['HealthCheck', 'AZRebalance'])
    const { tags, suspend: changes } = holdOf(copied, deploymentId)
    expect(tags['greenlight:held']).to.equal(
      `${deploymentId} HealthCheck AlarmNotification ReplaceUnhealthy ScheduledActions`,
    )
    expect(changes).to.deep.equal([suspend(['AlarmNotification', 'ReplaceUnhealthy', 'ScheduledActions'])])
  })

  it('is what its record says once it is on record, whatever somebody resumed by hand since', () => {
    const { tags, suspend: changes } = holdOf(green({ 'greenlight:held': `${deploymentId} HealthCheck` }), deploymentId)
    expect(tags['greenlight:held']).to.equal(`${deploymentId} HealthCheck`)
    expect(changes).to.deep.equal([suspend(['HealthCheck'])])
  })
})

describe('A release', () => {
  it('resumes exactly what is on record and suspended, and forgets it', () => {
    const held = green({ 'greenlight:held': `${deploymentId} HealthCheck AZRebalance` }, ['HealthCheck', 'Launch'])
    expect(releaseOf(held)).to.deep.equal({
      resume: [resume(['HealthCheck'])],
      keys: ['greenlight:held', 'greenlight:record'],
    })
  })

  it('keeps the record where an attachment is on record too', () => {
    const held = green({ 'greenlight:held': `${deploymentId} HealthCheck`, 'greenlight:attached/web': deploymentId })
    expect(releaseOf(held)).to.deep.equal({ resume: [], keys: ['greenlight:held'] })
  })

  it('is nothing where nothing is held', () => {
    expect(releaseOf(green({}, holdProcesses))).to.deep.equal({ resume: [], keys: [] })
  })
})

describe('Records', () => {
  it('are read from tags, and no process is believed that no hold suspends', () => {
    const tags = {
      'greenlight:held': 'd-1 Launch HealthCheck',
      'greenlight:attached/web': 'd-1',
      'greenlight:record': 'd-1',
    }
    expect(readRecords(new Map(Object.entries({ ...tags, Name: 'web' })))).to.deep.equal({
      record: 'd-1',
      attached: new Map([['web', 'd-1']]),
      held: { deploymentId: 'd-1', processes: ['HealthCheck'] },
    })
    expect(heldValue({ deploymentId: 'd-1', processes: ['HealthCheck'] })).to.equal('d-1 HealthCheck')
  })

  it('are written only where they are not there, 25 a call (F28)', () => {
    const tags = Object.fromEntries(Array.from({ length: 27 }, (_, index) => [`greenlight:attached/${index}`, 'd-1']))
    const calls = tagging(green({ 'greenlight:attached/0': 'd-1' }), tags)
    expect(calls.map((change) => 'tags' in change && Object.keys(change.tags).length)).to.deep.equal([25, 1])
    expect(untagging(green(), [])).to.deep.equal([])
  })

  it('of other deployments are removed, but for those that are under way', () => {
    const tags = {
      'greenlight:attached/a': 'd-OLD',
      'greenlight:attached/b': 'd-NEXT',
      'greenlight:attached/c': deploymentId,
    }
    expect(foreignKeys(green(tags), deploymentId, new Set(['d-NEXT']))).to.deep.equal(['greenlight:attached/a'])
  })
})

describe('A mode', () => {
  const group = { application: 'shop', deploymentGroup: 'production' }
  it('is what the tag of the deployment group says, and else the parameter', () => {
    expect(readMode(group, new Map([['greenlight:mode', 'gate']]), 'heal')).to.equal('gate')
    expect(readMode(group, new Map(), 'observe')).to.equal('observe')
    expect(readMode(group, undefined, 'heal')).to.equal('heal')
  })

  it('that is none is a sentence that names the tag, whose it is, its value and the three that there are', () => {
    const read = readMode(group, new Map([['greenlight:mode', 'Gate']]), 'heal')
    expect(read).to.equal(
      'tag greenlight:mode of deployment group shop/production is "Gate"; it must be observe, heal or gate',
    )
    expect(['observe', 'heal', 'gate', read].map(isMode)).to.deep.equal([true, true, true, false])
  })
})

describe('A change in the log', () => {
  it('is told with the names of its target groups, and everything else as it is', () => {
    const call = 'autoscaling:AttachLoadBalancerTargetGroups'
    expect(factsOf({ call, green: 'g', targetGroups: [{ name: 'web', arn: 'arn' }] })).to.deep.equal({
      call,
      green: 'g',
      targetGroups: ['web'],
    })
    const untagging = { call: 'autoscaling:DeleteTags', green: 'g', keys: ['a'] } as const
    expect(factsOf(untagging)).to.deep.equal(untagging)
  })
})

describe('A change that does not show yet', () => {
  const targetGroups = [{ name: 'web', arn: 'arn' }]
  for (const [change, sentence] of [
    [{ call: 'autoscaling:AttachLoadBalancerTargetGroups', green: 'g', targetGroups }, 'g is still without web'],
    [{ call: 'autoscaling:DetachLoadBalancerTargetGroups', green: 'g', targetGroups }, 'g still has web'],
    [{ call: 'autoscaling:SuspendProcesses', green: 'g', processes: ['Launch'] }, 'g is not held yet: Launch'],
    [{ call: 'autoscaling:ResumeProcesses', green: 'g', processes: ['Launch'] }, 'g is not released yet: Launch'],
    [{ call: 'autoscaling:CreateOrUpdateTags', green: 'g', tags: { a: 'b' } }, 'g is still without the tags a'],
    [{ call: 'autoscaling:DeleteTags', green: 'g', keys: ['a'] }, 'g still has the tags a'],
    [{ call: 'codedeploy:StopDeployment', deploymentId: 'd-1' }, 'd-1 awaits codedeploy:StopDeployment'],
  ] as const) {
    it(`is told so: ${sentence}`, () => expect(outstanding(change)).to.equal(sentence))
  }
})
