import { expect } from 'chai'
import type { Call } from '../../simulator/simulate.ts'
import { rolesOf, type Statement } from '../../tools/roles.ts'
import { authorizeBy, decideBy, type Identity, identitiesOf, questionsOf } from './authorize.ts'
import { locations, stackIn, whatIsTested } from './deployedStack.ts'
import { allowedBy, hasResources, letsIn, NoSuchResource, type Question } from './engine.ts'
import { ofLambdaItself } from './lambdaItself.ts'
import { elsewhere, justOutside } from './outside.ts'
import { recordDeployments, recordScript, recordSweep } from './recordedCalls.ts'

/** Resources of which every one of the account and region may be meant: only other accounts and regions are outside. */
const everyOne = /:(application|deploymentgroup):\*$/

// Scripts are processes of their own, which take their time: once is enough, and elsewhere they would call the same.
let scripts: Promise<readonly Call[]> | undefined
const callsOfScripts = () => {
  scripts ??= recordScript(authorizeBy(stackIn(locations[0])))
  return scripts
}

for (const location of locations) {
  const stack = stackIn(location)
  const identities = identitiesOf(stack)

  describe(`The policies of ${whatIsTested} in the partition ${location.partition} [least power]`, () => {
    let calls: readonly Call[]
    /** Everything that was asked of IAM, each different question once. */
    const asked = new Map<string, readonly Question[]>()
    const questions = ({ name }: Identity): readonly Question[] => asked.get(name) ?? []

    before(async () => {
      const authorize = authorizeBy(stack)
      calls = [
        ...(await recordDeployments(authorize, location.region)),
        ...(await recordSweep(authorize, location.region)),
      ]
      const all = [...calls, ...(await callsOfScripts()).map(moved)]
      for (const identity of identities) {
        const own = all.filter(({ principal }) => identity.is(principal))
        const asking = [
          ...own.flatMap((call) => questionsOf(call, identity, stack)),
          ...ofLambdaItself(stack, identity.functions).flatMap((call) => questionsOf(call, identity, stack)),
        ]
        asked.set(identity.name, [...new Map(asking.map((question) => [JSON.stringify(question), question])).values()])
      }
    })

    const moved = (call: Call): Call => ({
      ...call,
      resources: call.resources.map((arn) =>
        arn.replace('arn:aws:', `arn:${location.partition}:`).replace('eu-west-1', location.region),
      ),
    })

    it('deny nothing that Greenlight does', () => {
      expect(
        calls.map(({ action, outcome }) => `${action} ${outcome}`).filter((call) => /Denied/.test(call)),
      ).to.deep.equal([])
      expect(calls.filter(({ action }) => action === 'codedeploy:ContinueDeployment')).to.not.be.empty
    })

    it('let it ask for tags by ARNs that it makes itself, of this partition and region', () => {
      const arns = calls.flatMap(({ action, input }) =>
        action === 'codedeploy:ListTagsForResource' ? String(input['ResourceArn']) : [],
      )
      expect(arns).to.not.be.empty
      const own = `arn:${location.partition}:codedeploy:${location.region}:123456789012:deploymentgroup:`
      expect(arns.filter((arn) => !arn.startsWith(own))).to.deep.equal([])
    })

    for (const identity of identities) {
      const { name, statements } = identity
      const decide = decideBy(statements)

      it(`${name}: names in full every action that is called, and no other`, () => {
        const named = statements.flatMap(({ Action: actions }) => actions)
        expect(named).to.have.members([...new Set(questions(identity).map(({ action }) => action))])
      })

      it(`${name}: allows each call by one statement, each of which has a name of its own`, async () => {
        for (const question of questions(identity)) expect(await decide(question), question.action).to.have.length(1)
        expect(new Set(statements.map(({ Sid: sid }) => sid))).to.have.property('size', statements.length)
      })

      it(`${name}: allows on every resource only what IAM limits to none`, async () => {
        const everywhere = statements.filter(({ Resource: resources }) => resources.includes('*'))
        for (const action of everywhere.flatMap(({ Action: actions }) => actions))
          expect(await hasResources(action), action).to.equal(false)
      })

      for (const statement of statements) {
        const { Sid: sid, Resource: resources, Condition: conditions = {} } = statement
        const own = async () => {
          const decided = await Promise.all(
            questions(identity).map(async (asking) => ({ asking, by: await decide(asking) })),
          )
          return decided.flatMap(({ asking, by }) => (by.includes(sid) ? [asking] : []))
        }

        it(`${name}: without ${sid} calls are denied that Greenlight makes`, async () => {
          const without = decideBy(statements.filter((other) => other !== statement))
          const calls = await own()
          expect(calls).to.not.be.empty
          for (const call of calls) expect(await without(call), call.action).to.deep.equal([])
        })

        for (const pattern of resources.filter((resource) => resource !== '*')) {
          it(`${name}: ${sid} ends just outside of ${pattern}`, async () => {
            const calls = firstOfEachAction(
              (await own()).filter(({ resource }) => justOutside(pattern, resource).length > 0),
            )
            expect(calls.map(({ action }) => action)).to.have.members(statement.Action)
            for (const call of calls) {
              const beside = await askable(
                justOutside(pattern, call.resource).map((resource) => ({ ...call, resource })),
              )
              if (!everyOne.test(pattern)) expect(beside, `beside ${call.resource}`).to.not.be.empty
              const away = elsewhere(call.resource).map((resource) => ({ ...call, resource }))
              for (const probe of [...beside, ...away])
                expect(await allowedBy(statements, probe), `${probe.action} on ${probe.resource}`).to.deep.equal([])
            }
          })
        }

        for (const [operator, keys] of Object.entries(conditions)) {
          for (const [key, wanted] of Object.entries(keys)) {
            it(`${name}: ${sid} ends where ${operator} is not true of ${key}`, async () => {
              for (const call of firstOfEachAction(await own())) {
                const probes = outsideCondition(call, key, operator === 'Null' ? [] : [wanted].flat())
                expect(probes.length).to.be.greaterThan(operator === 'Null' ? 0 : 1)
                for (const probe of probes)
                  expect(await allowedBy(statements, probe), JSON.stringify(probe.context)).to.deep.equal([])
              }
            })
          }
        }
      }
    }

    for (const role of rolesOf(stack)) {
      it(`${role.id}: may be assumed by one service alone`, async () => {
        const who = role.functions.length > 0 ? 'lambda.amazonaws.com' : 'scheduler.amazonaws.com'
        const others = ['lambda', 'scheduler', 'ec2', 'codedeploy', 'events', 'sns'].map(
          (name) => `${name}.amazonaws.com`,
        )
        const people = ['123456789012', '999999999999'].map(
          (account) => `arn:${location.partition}:iam::${account}:user/you`,
        )
        for (const principal of [...others, ...people]) {
          const question = { principal, action: 'sts:AssumeRole', resource: role.arn }
          expect(await letsIn(role.trust, question), principal).to.equal(principal === who)
        }
      })
    }
  })
}

// What is scoped is read from the template above; that it is scoped at all, and closely, is said here.
describe('Nobody to whom Greenlight gives permissions [least power]', () => {
  const stack = stackIn(locations[0])
  const deploymentGroup = 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'
  const green = (name = 'CodeDeploy_web_d-1') =>
    `arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:0d1e:autoScalingGroupName/${name}`
  const deleteTags = 'autoscaling:DeleteTags'
  const never: readonly (readonly [string, string, string, Question['context']?])[] = [
    ['scales', 'autoscaling:SetDesiredCapacity', green()],
    ['ends an instance', 'autoscaling:TerminateInstanceInAutoScalingGroup', green()],
    ['deletes green', 'autoscaling:DeleteAutoScalingGroup', green()],
    ['attaches to a group that CodeDeploy did not copy', 'autoscaling:AttachLoadBalancerTargetGroups', green('web')],
    ['makes a deployment', 'codedeploy:CreateDeployment', deploymentGroup],
    ['changes a deployment group', 'codedeploy:UpdateDeploymentGroup', deploymentGroup],
    ['tags a deployment group', 'codedeploy:TagResource', deploymentGroup],
    ['writes a tag of somebody else', 'autoscaling:CreateOrUpdateTags', green(), { 'aws:TagKeys': ['Name'] }],
    ['removes a tag of somebody else', deleteTags, green(), { 'aws:TagKeys': ['greenlight:record', 'Name'] }],
    [
      'removes a record of a group that CodeDeploy did not copy',
      deleteTags,
      green('web'),
      { 'aws:TagKeys': ['greenlight:held'] },
    ],
    ['makes log groups', 'logs:CreateLogGroup', 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/other'],
    [
      "writes another function's log",
      'logs:PutLogEvents',
      'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/other:log-stream:0',
    ],
    ['fills another queue', 'sqs:SendMessage', 'arn:aws:sqs:eu-west-1:123456789012:other'],
    ['becomes another role', 'sts:AssumeRole', 'arn:aws:iam::123456789012:role/other'],
    ['invokes another function', 'lambda:InvokeFunction', 'arn:aws:lambda:eu-west-1:123456789012:function:other'],
  ]
  for (const [what, action, resource, context = {}] of never) {
    it(what, async () => {
      for (const { name, arn, statements } of identitiesOf(stack))
        expect(await allowedBy(statements, { principal: arn, action, resource, context }), name).to.deep.equal([])
    })
  }
})

const firstOfEachAction = (questions: readonly Question[]): readonly Question[] => [
  ...new Map(questions.toReversed().map((question) => [question.action, question])).values(),
]

/** Those that a call could be about: `autoScalingGroux:…` is no resource at all. */
const askable = async (questions: readonly Question[]): Promise<readonly Question[]> => {
  const asked = questions.map((question) =>
    allowedBy([] as readonly Statement[], question).then(
      () => [question],
      (error) => {
        if (error instanceof NoSuchResource) return []
        throw error
      },
    ),
  )
  return (await Promise.all(asked)).flat()
}

/** The same call without the key, and with other values than a condition wants: among the right ones, and alone. */
const outsideCondition = (call: Question, key: string, wanted: readonly string[]): readonly Question[] => {
  const { [key]: held = [], ...others } = call.context ?? {}
  const values = [held].flat()
  const wrong = values.flatMap((value) => wanted.flatMap((pattern) => justOutside(pattern, value)))
  const contexts = [
    others,
    ...wrong.flatMap((value) => [
      { ...others, [key]: [value] },
      { ...others, [key]: [...values, value] },
    ]),
  ]
  return contexts.map((context) => ({ ...call, context }))
}
