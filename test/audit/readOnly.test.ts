import * as account from '@aws-sdk/client-account'
import * as autoScaling from '@aws-sdk/client-auto-scaling'
import * as codeDeploy from '@aws-sdk/client-codedeploy'
import * as elasticLoadBalancing from '@aws-sdk/client-elastic-load-balancing-v2'
import * as lambda from '@aws-sdk/client-lambda'
import { expect } from 'chai'
import { bundleAudit } from '../../tools/auditPackage.ts'

/** The names of AWS's reading operations begin so. */
const reads = /^(Describe|List|Get|BatchGet)/
/** Operations by which the credential chain gets credentials. */
const signsIn = /^(AssumeRole|AssumeRoleWithWebIdentity|CreateToken|CreateOAuth2Token|CreateOAuth2TokenWithIAM)$/

describe('The bundle of the audit', () => {
  let bundled: Awaited<ReturnType<typeof bundleAudit>>
  before(async () => {
    bundled = await bundleAudit()
  })

  /** The operation of each command in the bundle. */
  const operations = (): readonly string[] =>
    [...bundled.code.matchAll(/class extends command\d*\(\w+, \w+, "(\w+)"/g)].map(([, name]) => name ?? '')

  it('contains only commands that read, and commands that sign in', () => {
    expect(operations()).to.include.members([
      'ListApplications',
      'DescribeAutoScalingGroups',
      'DescribeTargetGroups',
      'ListRegions',
      'AssumeRole',
    ])
    expect(operations().filter((name) => !reads.test(name) && !signsIn.test(name))).to.deep.equal([])
  })

  it('contains no name of a command by which these services change something', () => {
    const all = [account, autoScaling, codeDeploy, elasticLoadBalancing, lambda].flatMap((one) => Object.keys(one))
    const changing = all.filter((name) => /[a-z]Command$/.test(name) && !reads.test(name))
    expect(changing).to.include.members(['AttachLoadBalancerTargetGroupsCommand', 'StopDeploymentCommand'])
    expect(changing.filter((name) => RegExp(`\\b${name}\\b`).test(bundled.code))).to.deep.equal([])
  })

  it('contains nothing of Greenlight that decides or changes something', () => {
    const own = Object.keys(bundled.metafile.inputs).filter((path) => path.startsWith('src/'))
    expect(own).to.include.members(['src/sweep/survey.ts', 'src/sweep/finding.ts', 'src/aws/region.ts'])
    const deciding = /^src\/(reconcile|invocation|rules\/(?!usable)|sweep\/(finish|heal|forEach|sweepRegion))/
    const changing = /^src\/aws\/(change|gateFunction)/
    expect(own.filter((path) => deciding.test(path) || changing.test(path))).to.deep.equal([])
  })
})
