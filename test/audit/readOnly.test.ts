import * as account from '@aws-sdk/client-account'
import * as autoScaling from '@aws-sdk/client-auto-scaling'
import * as codeDeploy from '@aws-sdk/client-codedeploy'
import * as elasticLoadBalancing from '@aws-sdk/client-elastic-load-balancing-v2'
import * as lambda from '@aws-sdk/client-lambda'
import { expect } from 'chai'
import { bundleAudit } from '../../tools/auditPackage.ts'

/** How AWS calls what only looks. */
const looks = /^(Describe|List|Get|BatchGet)/
/** What the credential chain itself may ask, of the services that give out credentials. */
const signsIn = /^(AssumeRole|AssumeRoleWithWebIdentity|CreateToken|CreateOAuth2Token|CreateOAuth2TokenWithIAM)$/

describe('The audit, which is read-only by construction', () => {
  let bundled: Awaited<ReturnType<typeof bundleAudit>>
  before(async () => {
    bundled = await bundleAudit()
  })

  /** Of every command that is in the bundle, the operation that it calls. */
  const operations = (): readonly string[] =>
    [...bundled.code.matchAll(/class extends command\d*\(\w+, \w+, "(\w+)"/g)].map(([, name]) => name ?? '')

  it('has no command in it but those that look, and those that sign in', () => {
    expect(operations()).to.include.members([
      'ListApplications',
      'DescribeAutoScalingGroups',
      'DescribeTargetGroups',
      'ListRegions',
      'AssumeRole',
    ])
    expect(operations().filter((name) => !looks.test(name) && !signsIn.test(name))).to.deep.equal([])
  })

  it('knows none of the commands by name with which the same services change something', () => {
    const all = [account, autoScaling, codeDeploy, elasticLoadBalancing, lambda].flatMap((one) => Object.keys(one))
    const changing = all.filter((name) => /[a-z]Command$/.test(name) && !looks.test(name))
    expect(changing).to.include.members(['AttachLoadBalancerTargetGroupsCommand', 'StopDeploymentCommand'])
    expect(changing.filter((name) => RegExp(`\\b${name}\\b`).test(bundled.code))).to.deep.equal([])
  })

  it('takes nothing of Greenlight that decides or acts', () => {
    const own = Object.keys(bundled.metafile.inputs).filter((path) => path.startsWith('src/'))
    expect(own).to.include.members(['src/sweep/survey.ts', 'src/sweep/finding.ts', 'src/aws/eyes.ts'])
    const acting =
      /^src\/(act|change|reconcile|settle|hold|finish|begin|gate|sweep\w*|aws\/(codeDeploy|gateFunction))\.ts$/
    expect(own.filter((path) => acting.test(path))).to.deep.equal([])
  })
})
