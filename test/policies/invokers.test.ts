import { expect } from 'chai'
import * as v from 'valibot'
import { deploy, type Stack } from '../../tools/stack.ts'
import { readTemplate } from '../../tools/template.ts'
import { expandedBySam, locations, stackIn, whatIsTested } from './deployedStack.ts'
import { letsIn } from './engine.ts'

const permission = v.strictObject({
  Action: v.literal('lambda:InvokeFunction'),
  FunctionName: v.string(),
  Principal: v.pipe(v.string(), v.endsWith('.amazonaws.com')),
  SourceArn: v.string(),
  SourceAccount: v.optional(v.string()),
})
type Permission = v.InferOutput<typeof permission>

const rule = v.object({ Targets: v.array(v.object({ Arn: v.string() })) })

const ofType = ({ resources }: Stack, ...types: readonly string[]) =>
  Object.entries(resources).flatMap(([logicalId, resource]) =>
    types.includes(resource.type) ? [{ logicalId, ...resource }] : [],
  )

const permissionsOf = (stack: Stack): readonly Permission[] =>
  ofType(stack, 'AWS::Lambda::Permission').map(({ properties }) => v.parse(permission, properties))

/** A function's policy, as Lambda makes it of its permissions. */
const policyOf = (functionArn: string, permissions: readonly Permission[]) => ({
  Version: '2012-10-17',
  Statement: permissions.map(({ Action, Principal, SourceArn, SourceAccount }, index) => ({
    Sid: `permission${index}`,
    Effect: 'Allow',
    Principal: { Service: Principal },
    Action,
    Resource: functionArn,
    Condition: {
      ArnLike: { 'aws:SourceArn': SourceArn },
      ...(SourceAccount !== undefined && { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
    },
  })),
})

for (const location of locations) {
  describe(`Who may invoke the functions of ${whatIsTested} in the partition ${location.partition} [least power]`, () => {
    const stack = stackIn(location)
    const topic = String(stack.parameters['NotificationTopicArn'])
    const functions = ofType(stack, 'AWS::Serverless::Function', 'AWS::Lambda::Function')

    it('is nobody by a URL, a queue or a stream, and no event but rules and schedules', () => {
      expect(ofType(stack, 'AWS::Lambda::Url', 'AWS::Lambda::EventSourceMapping')).to.deep.equal([])
      const kinds = functions.flatMap(({ properties: { FunctionUrlConfig: url, Events: events = {} } }) => [
        ...(url === undefined ? [] : ['a URL']),
        ...Object.values(v.parse(v.record(v.string(), v.object({ Type: v.string() })), events)).map(
          ({ Type: kind }) => kind,
        ),
      ])
      expect(kinds.filter((kind) => !['EventBridgeRule', 'Schedule', 'ScheduleV2'].includes(kind))).to.deep.equal([])
    })

    it('is the SNS topic that the parameter names, and no topic without it', () => {
      const topics = (permissions: readonly Permission[]) =>
        permissions.flatMap(({ Principal, SourceArn }) => (Principal === 'sns.amazonaws.com' ? [SourceArn] : []))
      expect(topics(permissionsOf(stack))).to.deep.equal([topic])
      expect(topics(permissionsOf(deploy(readTemplate(expandedBySam), { ...location })))).to.deep.equal([])
    })

    for (const { logicalId, id, arn = '' } of functions) {
      const own = permissionsOf(stack).filter(({ FunctionName: name }) => name === id || name === arn)
      const rules = ofType(stack, 'AWS::Events::Rule').filter(({ properties }) =>
        v.parse(rule, properties).Targets.some(({ Arn: target }) => target === arn),
      )
      // Before the transform there are no rules yet, only the events of the function, which it makes them of.
      const sources = [
        ...rules.map((one) => ['events.amazonaws.com', one.arn ?? '']),
        ...(logicalId === 'GateFunction' ? [['sns.amazonaws.com', topic]] : []),
      ]

      it(`is, for ${logicalId}, ${sources.map(([, source]) => source).join(', ') || 'no service'}, and nobody else`, async () => {
        expect(own.map(({ Principal, SourceArn }) => [Principal, SourceArn])).to.have.deep.members(sources)
        const asks = (principal: string, source?: string) =>
          letsIn(policyOf(arn, own), {
            principal,
            action: 'lambda:InvokeFunction',
            resource: arn,
            context:
              source === undefined ? {} : { 'aws:SourceArn': source, 'aws:SourceAccount': source.split(':')[4] ?? '' },
          })
        for (const [service = '', source = ''] of sources) {
          expect(await asks(service, source), source).to.equal(true)
          const others: readonly (readonly [string, string?])[] = [
            [service],
            [service, `${source}x`],
            [service, source.replace('123456789012', '999999999999')],
            [service, source.replace(location.region, 'ap-south-2')],
            ['s3.amazonaws.com', source],
            ['codedeploy.amazonaws.com', source],
            [`arn:${location.partition}:iam::123456789012:user/you`],
            [`arn:${location.partition}:iam::999999999999:user/you`],
          ]
          for (const other of others) expect(await asks(...other), other.join(' ')).to.equal(false)
        }
      })
    }
  })
}

if (expandedBySam !== undefined) {
  describe("SAM's transform of template.yaml", () => {
    it('gives every rule that invokes a function a permission, and no other rule', () => {
      const stack = stackIn(locations[0])
      const rules = ofType(stack, 'AWS::Events::Rule').map(({ arn }) => arn)
      expect(rules).to.not.be.empty
      expect(
        permissionsOf(stack).flatMap(({ Principal, SourceArn }) =>
          Principal === 'events.amazonaws.com' ? [SourceArn] : [],
        ),
      ).to.have.members(rules)
    })
  })
}
