import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { bundle } from '../tools/bundle.ts'
import { readTemplate, resourceOf, root } from '../tools/template.ts'

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

describe('What invokes the gate function, and what becomes of it', () => {
  const { Events: events, EventInvokeConfig: config } = gate.Properties as {
    Events: Record<string, { Type: string; Properties: { Pattern: Record<string, unknown> } }>
    EventInvokeConfig: unknown
  }

  it('is CodeDeploy: the five states of a deployment, and the success of an instance (F35)', () => {
    expect(Object.values(events).map(({ Type, Properties }) => ({ Type, ...Properties.Pattern }))).to.deep.equal([
      {
        Type: 'EventBridgeRule',
        source: ['aws.codedeploy'],
        'detail-type': ['CodeDeploy Deployment State-change Notification'],
        detail: { state: ['START', 'READY', 'SUCCESS', 'FAILURE', 'STOP'] },
      },
      {
        Type: 'EventBridgeRule',
        source: ['aws.codedeploy'],
        'detail-type': ['CodeDeploy Instance State-change Notification'],
        detail: { state: ['SUCCESS'] },
      },
    ])
  })

  it('is tried three times, and kept in a queue if all three fail (F37)', () => {
    expect(config).to.deep.equal({
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21600,
      DestinationConfig: { OnFailure: { Type: 'SQS', Destination: { 'Fn::GetAtt': 'FailedInvocations.Arn' } } },
    })
  })

  const alarms = Object.entries(template.Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')

  it('raises an alarm on function errors, failed verdicts and attachments that were left', () => {
    expect(alarms.map(([, { Properties }]) => `${Properties['Namespace']} ${Properties['MetricName']}`)).to.deep.equal([
      'AWS/Lambda Errors',
      'Greenlight FailedVerdicts',
      'Greenlight LeftAttached',
    ])
  })
})
