import { expect } from 'chai'
import { rolesOf } from '../../tools/roles.ts'
import { deploy } from '../../tools/stack.ts'
import { readTemplate, type Template } from '../../tools/template.ts'

const template = (resources: Template['Resources'], outputs: Readonly<Record<string, unknown>> = {}): Template => ({
  Parameters: { Name: { Default: 'one' }, Size: { Default: 0 } },
  Conditions: { IsBig: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Size' }, 0] }] } },
  Resources: resources,
  Outputs: Object.fromEntries(Object.entries(outputs).map(([id, value]) => [id, { Value: value }])),
})
const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Name' } } }

describe('A template, deployed', () => {
  it('has references, attributes and text with both in them, of its partition, region and account', () => {
    const { outputs } = deploy(
      template(
        { Queue: queue },
        {
          ref: { Ref: 'Queue' },
          attribute: { 'Fn::GetAtt': 'Queue.Arn' },
          listed: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          text: {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders, not JavaScript's.
            'Fn::Sub': 'arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}:${Name} ${Queue.Arn} ${!literal}',
          },
        },
      ),
      { partition: 'aws-cn', region: 'cn-north-1' },
    )
    const arn = 'arn:aws-cn:sqs:cn-north-1:123456789012:one'
    expect(outputs).to.deep.equal({
      ref: 'https://sqs.cn-north-1.amazonaws.com.cn/123456789012/one',
      attribute: arn,
      listed: arn,
      text: `arn:aws-cn:x:cn-north-1:123456789012:one ${arn} \${literal}`,
    })
  })

  it('has what its conditions let be, by its parameters', () => {
    const conditional = template(
      { Queue: queue, More: { ...queue, Condition: 'IsBig' } },
      { size: { 'Fn::If': ['IsBig', 'big', 'small'] }, none: [{ 'Fn::If': ['IsBig', 1, { Ref: 'AWS::NoValue' }] }] },
    )
    const small = deploy(conditional)
    expect([Object.keys(small.resources), small.outputs]).to.deep.equal([['Queue'], { size: 'small', none: [] }])
    const big = deploy(conditional, { parameters: { Size: 2 } })
    expect([Object.keys(big.resources), big.outputs]).to.deep.equal([['Queue', 'More'], { size: 'big', none: [1] }])
  })

  for (const [what, value, message] of [
    ['a function', { 'Fn::Join': ['', []] }, 'Fn::Join is not evaluated here'],
    ['a name', { Ref: 'Elsewhere' }, 'template.yaml has nothing that is named Elsewhere'],
    ['an attribute', { 'Fn::GetAtt': 'Queue.QueueName' }, 'Queue.QueueName of template.yaml is not known here'],
    ['a condition', { 'Fn::If': ['IsSmall', 1, 2] }, 'template.yaml has no condition IsSmall'],
  ] as const) {
    it(`is refused where it has ${what} that is not known`, () => {
      expect(() => deploy(template({ Queue: queue }, { value }))).to.throw(message)
    })
  }
})

describe('The roles of a deployed template', () => {
  const withRole = (properties: Readonly<Record<string, unknown>>, beside: Template['Resources'] = {}) =>
    rolesOf(
      deploy(
        template({
          Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {}, Policies: [], ...properties } },
          ...beside,
        }),
      ),
    )
  const policy = (statement: object) => ({
    PolicyName: 'all',
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Sid: 'One', Effect: 'Allow', Action: 'a:B', Resource: '*', ...statement }],
    },
  })

  it('are those of template.yaml, each with the names of its functions', () => {
    expect(rolesOf(deploy(readTemplate())).map(({ id, functions }) => [id, functions])).to.deep.include([
      'GateRole',
      ['CodeDeployHook_greenlight'],
    ])
  })

  for (const [what, read] of [
    ["AWS's own policies", () => withRole({ ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] })],
    ['a permissions boundary', () => withRole({ PermissionsBoundary: 'arn:aws:iam::aws:policy/ReadOnlyAccess' })],
    ['a denial', () => withRole({ Policies: [policy({ Effect: 'Deny' })] })],
    ['all but some actions', () => withRole({ Policies: [policy({ NotAction: 'a:C' })] })],
    ['a policy that stands by itself', () => withRole({}, { Policy: { Type: 'AWS::IAM::Policy', Properties: {} } })],
    [
      'a function whose role SAM makes',
      () => withRole({}, { Function: { Type: 'AWS::Serverless::Function', Properties: {} } }),
    ],
  ] as const) {
    it(`are not read past ${what}`, () => {
      expect(read).to.throw()
    })
  }
})
