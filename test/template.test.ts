import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { bundle } from '../tools/bundle.ts'
import { readTemplate, resourceOf, root } from '../tools/template.ts'
import { policiesOf } from '../tools/templatePolicy.ts'

const template = readTemplate()
const text = readFileSync(`${root}template.yaml`, 'utf8')
const gate = resourceOf(template, 'GateFunction')

describe('template.yaml', () => {
  for (const [name, parameter] of Object.entries(template.Parameters)) {
    it(`describes the parameter ${name}, and gives it a default and bounds`, () => {
      expect(parameter).to.include.keys('Description', 'Default')
      const bounds = ['AllowedPattern', 'AllowedValues', 'MinValue'].filter((bound) => bound in parameter)
      expect(bounds).to.not.be.empty
    })
  }

  it('gives the function every setting that it reads, from a parameter, and no other', () => {
    const { Variables: variables } = gate.Properties['Environment'] as { Variables: Record<string, { Ref: string }> }
    const read = readFileSync(`${root}src/settings.ts`, 'utf8').match(/GREENLIGHT_[A-Z_]+/g)
    expect(Object.keys(variables)).to.have.members([...new Set(read)])
    for (const { Ref: parameter } of Object.values(variables)) expect(template.Parameters).to.have.property(parameter)
  })

  it('names a handler that is there, and one entry point for it', () => {
    const [entry, ...others] = gate.Metadata?.BuildProperties?.EntryPoints ?? []
    expect(others).to.deep.equal([])
    expect(existsSync(`${root}${entry}`)).to.equal(true)
    expect(gate.Properties['Handler']).to.equal(`${entry?.replace(/^src\/|\.ts$/g, '')}.handler`)
  })

  it('says why, right beside it, for each resource that is or has a *', () => {
    const lines = text.split('\n')
    const wide = lines.flatMap((line, index) => (/Resource:.*\*/.test(line) ? [index] : []))
    expect(wide).to.not.be.empty
    for (const index of wide) expect(lines[index - 1], `above line ${index + 1}`).to.match(/^\s+# /)
  })

  it('bundles without the chain of credential providers, which a Lambda never needs (F45)', async () => {
    const code = await bundle('GateFunction')
    expect(code).to.contain('AWS_ACCESS_KEY_ID')
    for (const unneeded of ['fromSSO', 'fromProcess', 'fromInstanceMetadata', 'sso-oidc'])
      expect(code).to.not.contain(unneeded)
  })
})

describe('The role of the gate function (P6)', () => {
  const allowing = policiesOf('GateRole')
  const deploymentGroup = 'arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/production'
  const groupArn = (name: string, account = '123456789012') =>
    `arn:aws:autoscaling:eu-west-1:${account}:autoScalingGroup:0d1e:autoScalingGroupName/${name}`

  for (const [what, action, resource, statements] of [
    ['reads deployments', 'codedeploy:GetDeployment', deploymentGroup, ['ReadDeployments']],
    [
      'attaches to what CodeDeploy copied',
      'autoscaling:AttachLoadBalancerTargetGroups',
      groupArn('CodeDeploy_web_d-1'),
      ['AttachTargetGroups'],
    ],
    [
      'writes its own log',
      'logs:PutLogEvents',
      'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/CodeDeployHook_greenlight:log-stream:x',
      ['WriteLog'],
    ],
    ['reports', 'codedeploy:PutLifecycleEventHookExecutionStatus', '*', ['ReadTargetsAndReport']],
  ] as const) {
    it(what, () => expect(allowing({ action, resources: [resource] })).to.deep.equal(statements))
  }

  for (const [what, action, resource] of [
    ['attaches to any other group', 'autoscaling:AttachLoadBalancerTargetGroups', groupArn('web')],
    [
      'attaches in another account',
      'autoscaling:AttachLoadBalancerTargetGroups',
      groupArn('CodeDeploy_web_d-1', '999999999999'),
    ],
    ['detaches', 'autoscaling:DetachLoadBalancerTargetGroups', groupArn('CodeDeploy_web_d-1')],
    ['scales', 'autoscaling:SetDesiredCapacity', groupArn('CodeDeploy_web_d-1')],
    ['continues a deployment', 'codedeploy:ContinueDeployment', '*'],
    ['stops a deployment', 'codedeploy:StopDeployment', deploymentGroup],
    [
      'reads deployments of another region',
      'codedeploy:GetDeployment',
      deploymentGroup.replace('eu-west-1', 'us-east-1'),
    ],
    [
      "writes another function's log",
      'logs:PutLogEvents',
      'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/other:log-stream:x',
    ],
    [
      'makes log groups',
      'logs:CreateLogGroup',
      'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/CodeDeployHook_greenlight',
    ],
  ] as const) {
    it(`never ${what}`, () => expect(allowing({ action, resources: [resource] })).to.deep.equal([]))
  }
})
