import { expect } from 'chai'
import { consentComplaints } from '../../../src/rules/consent.ts'
import { arnOf, deployment, ecs, green, targetGroup, targetGroupsByName } from '../builders.ts'

const asked = (workersAgree: string | undefined, webAgrees: string | undefined) => {
  const tagged = (value: string | undefined) => (value === undefined ? {} : { 'greenlight:gated-by': value })
  return consentComplaints({
    deployment: deployment({ subject: ecs }),
    goal: { greens: ['workers'], wanted: ['web', 'gone'], tests: [] },
    greens: [green({ name: 'workers', tags: tagged(workersAgree) })],
    targetGroups: targetGroupsByName(
      [targetGroup('web', { tags: new Map(Object.entries(tagged(webAgrees))) })],
      ['gone'],
    ),
  })
}

describe('The owner of what a Lambda or ECS deployment gates', () => {
  for (const value of ['shop/production', 'orders/live  shop/production ', ' shop/production\tshop/staging']) {
    it(`agrees by a tag that names the deployment group, perhaps beside others: ${JSON.stringify(value)}`, () => {
      expect(asked(value, value)).to.deep.equal([])
    })
  }

  for (const value of [undefined, '', 'shop/production-2', 'production', 'Shop/production', 'shop/*']) {
    it(`does not agree by ${JSON.stringify(value) ?? 'no tag'}`, () => expect(asked(value, value)).to.have.length(2))
  }

  it('is told the command that agrees, which keeps whom it agreed to before', () => {
    const says =
      'does not say in its tag greenlight:gated-by that shop/production may have it gated; its owner can tag it'
    expect(asked('orders/live', 'shop/production')).to.deep.equal([
      `Auto Scaling group workers ${says}: aws autoscaling create-or-update-tags --tags ` +
        "ResourceId=workers,ResourceType=auto-scaling-group,Key=greenlight:gated-by,Value='orders/live shop/production',PropagateAtLaunch=false",
    ])
    expect(asked('shop/production', undefined)).to.deep.equal([
      `target group web ${says}: aws elbv2 add-tags --resource-arns ${arnOf('web')} --tags Key=greenlight:gated-by,Value=shop/production`,
    ])
  })

  it('is not asked where CodeDeploy itself gives the traffic', () => {
    expect(
      consentComplaints({
        deployment: deployment(),
        goal: { greens: ['workers'], wanted: ['web'], tests: [] },
        greens: [green({ name: 'workers' })],
        targetGroups: targetGroupsByName([targetGroup('web')]),
      }),
    ).to.deep.equal([])
  })
})
