import { expect } from 'chai'
import type { Statement } from '../../tools/roles.ts'
import { decideBy } from './authorize.ts'
import { allowedBy, type Context, NoSuchResource } from './engine.ts'
import { justOutside } from './outside.ts'

const principal = 'arn:aws:iam::123456789012:role/greenlight-GateRole'
const green = (name: string, id = '0d1e') =>
  `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:${id}:autoScalingGroupName/${name}`

const statement = (changes: Partial<Statement> = {}): Statement => ({
  Sid: 'Tags',
  Effect: 'Allow',
  Action: ['autoscaling:DeleteTags'],
  Resource: [green('CodeDeploy_*', '*')],
  ...changes,
})

// What AWS's user guide of IAM says, so that nobody takes the engine's word for it.
describe('The policy engine', () => {
  const asks = (statements: readonly Statement[], context: Context = {}, resource = green('CodeDeploy_web')) =>
    allowedBy(statements, { principal, action: 'autoscaling:DeleteTags', resource, context })

  it('names the statements that allow a call, and denies what none allows', async () => {
    expect(await asks([statement(), statement({ Sid: 'Again' })])).to.deep.equal(['Tags', 'Again'])
    expect(await asks([])).to.deep.equal([])
    expect(await asks([statement({ Action: ['autoscaling:CreateOrUpdateTags'] })])).to.deep.equal([])
  })

  it('takes * for any text and ? for one letter, in patterns alone and not in what is asked', async () => {
    const single = [statement({ Resource: [green('CodeDeploy_we?', '*')] })]
    expect(await asks(single)).to.deep.equal(['Tags'])
    expect(await asks(single, {}, green('CodeDeploy_webs'))).to.deep.equal([])
    expect(await asks([statement()], {}, green('web', '*'))).to.deep.equal([])
  })

  describe('on a condition ForAllValues', () => {
    const own = { 'ForAllValues:StringLike': { 'aws:TagKeys': ['greenlight:*'] } }
    const alone = [statement({ Condition: own })]
    const withNull = [statement({ Condition: { ...own, Null: { 'aws:TagKeys': 'false' } } })]

    it('wants it of every value, in its own case', async () => {
      expect(await asks(withNull, { 'aws:TagKeys': ['greenlight:a', 'greenlight:b'] })).to.deep.equal(['Tags'])
      expect(await asks(withNull, { 'aws:TagKeys': ['greenlight:a', 'Name'] })).to.deep.equal([])
      expect(await asks(withNull, { 'aws:TagKeys': ['Greenlight:a'] })).to.deep.equal([])
    })

    for (const [what, context] of [
      ['no key', {}],
      ['a key without a value', { 'aws:TagKeys': [] }],
    ] as const) {
      it(`finds it true of ${what}, unless Null rules that out`, async () => {
        expect(await asks(alone, context)).to.deep.equal(['Tags'])
        expect(await asks(withNull, context)).to.deep.equal([])
      })
    }
  })

  it('compares tags of the resource', async () => {
    const condition = { StringEquals: { 'autoscaling:ResourceTag/team': 'web' } }
    const tagged = [statement({ Condition: condition })]
    expect(await asks(tagged, { 'autoscaling:ResourceTag/team': 'web' })).to.deep.equal(['Tags'])
    expect(await asks(tagged, { 'autoscaling:ResourceTag/team': 'shop' })).to.deep.equal([])
    expect(await asks(tagged)).to.deep.equal([])
  })

  it('refuses what IAM does not know: an action, a key of another action, a resource of another kind', async () => {
    const thrown = (promise: Promise<unknown>) => promise.then(() => 'nothing', String)
    const unknown = { principal, action: 'autoscaling:AttachEverything', resource: green('web') }
    expect(await thrown(allowedBy([statement()], unknown))).to.match(/AttachEverything/)
    expect(await thrown(asks([statement()], { 'autoscaling:TargetGroupARNs': ['a'] }))).to.match(
      /^Error: IAM has no autoscaling:TargetGroupARNs for autoscaling:DeleteTags/,
    )
    const queue = 'arn:aws:sqs:eu-west-1:123456789012:queue'
    expect(await asks([statement()], {}, queue).catch((error) => error)).to.be.instanceOf(NoSuchResource)
  })

  it('is asked once for what differs in ids and in keys that no statement names, and again for anything else', async () => {
    const condition = { StringEquals: { 'autoscaling:ResourceTag/team': 'web' } }
    const decide = decideBy([statement({ Condition: condition })])
    const ask = (name: string, id: string, context: Context) =>
      decide({ principal, action: 'autoscaling:DeleteTags', resource: green(name, id), context })
    const [one, other] = ['6e7ef93a-99e5-4e07-8308-7c4ce62885fa', '79632fa0-9922-4f40-875f-a70a0cf2ae99']
    const web = { 'autoscaling:ResourceTag/team': 'web' }
    const first = ask('CodeDeploy_web_d-ABCDEF123', one, web)
    expect(ask('CodeDeploy_web_d-LOYFX2XQD', other, { ...web, 'aws:TagKeys': ['greenlight:record'] })).to.equal(first)
    expect(await first).to.deep.equal(['Tags'])
    expect(await ask('CodeDeploy_web_d-ABCDEF123', one, {})).to.deep.equal([])
    expect(await ask('web_d-ABCDEF123', one, web)).to.deep.equal([])
    expect(() => decideBy([statement({ Resource: [green('CodeDeploy_*', one)] })])).to.throw(/one certain/)
  })
})

describe('What is just outside of a pattern', () => {
  it('differs in the last letter of each stretch between wildcards', () => {
    expect(justOutside('a:*:b/CodeDeploy_*', 'a:1:b/CodeDeploy_web')).to.deep.equal([
      'x:1:b/CodeDeploy_web',
      'a:1:b/CodeDeployxweb',
    ])
  })

  it('is nothing where the pattern does not match, or matches everything', () => {
    expect(justOutside('a:*', 'b:1')).to.deep.equal([])
    expect(justOutside('*', 'b:1')).to.deep.equal([])
  })
})
