import type { AutoScalingGroup } from '../../../src/model/autoScalingGroup.ts'
import type { Deployment } from '../../../src/model/deployment.ts'
import { readRecords } from '../../../src/model/records.ts'
import type { TargetGroup } from '../../../src/model/targetGroup.ts'

// Values of the core; a test names only what matters to it.

export const deploymentId = 'd-ABCDEF123'
export const greenName = `CodeDeploy_production_${deploymentId}`

const arnOf = (targetGroup: string): string =>
  `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${targetGroup}/0123456789abcdef`

/** A first-hand deployment. */
export const deployment = (differences: Partial<Deployment> = {}): Deployment => ({
  id: deploymentId,
  application: 'shop',
  deploymentGroup: 'production',
  status: 'Ready',
  waitMinutes: undefined,
  createdAt: undefined,
  completedAt: undefined,
  autoRollback: false,
  rolledBackBy: undefined,
  rollbackOf: undefined,
  subject: { kind: 'server', greens: [greenName], wanted: ['web'], classicLoadBalancers: [] },
  ...differences,
})

/** Green with two instances, and with these target groups (by name). */
export const green = ({
  targetGroups = [],
  tags = {},
  ...differences
}: Partial<Omit<AutoScalingGroup, 'tags'>> & {
  targetGroups?: readonly string[]
  tags?: Readonly<Record<string, string>>
} = {}): AutoScalingGroup => {
  const tagged = new Map(Object.entries(tags))
  return {
    name: greenName,
    isBeingDeleted: false,
    healthCheckType: 'EC2',
    attached: targetGroups.map(arnOf),
    attachedAsTargetGroups: targetGroups.map(arnOf),
    suspended: [],
    tags: tagged,
    records: readRecords(tagged),
    instances: ['i-1', 'i-2'],
    inService: ['i-1', 'i-2'],
    desiredCapacity: 2,
    notHandled: [],
    ...differences,
  }
}

export const targetGroup = (name: string, differences: Partial<TargetGroup> = {}): TargetGroup => ({
  name,
  arn: arnOf(name),
  type: 'instance',
  isUsed: true,
  ...differences,
})
