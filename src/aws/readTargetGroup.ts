import type { TargetGroup as Described, TargetHealthDescription } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Target, TargetGroup } from '../model/targetGroup.ts'

/** Parses what `DescribeTargetGroups` answers. */
export const readTargetGroup = ({
  TargetGroupName: name = '',
  TargetGroupArn: arn = '',
  TargetType: type,
  LoadBalancerArns: loadBalancers = [],
}: Described): TargetGroup => ({
  name,
  arn,
  type: type ?? '(no type)',
  isUsed: loadBalancers.length > 0,
  tags: new Map(),
})

/** Parses what `DescribeTargetHealth` answers (F29). */
export const readTarget = ({ Target: target, TargetHealth: health }: TargetHealthDescription): Target => ({
  id: target?.Id ?? '(no id)',
  state: health?.State ?? 'unknown',
  because: [health?.Reason, health?.Description].filter((part) => part !== undefined && part !== '').join(': '),
})
