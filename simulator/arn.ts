/** The account of every simulated resource: the one that AWS's documentation uses. */
export const accountId = '123456789012'

/** The partition that a region belongs to: `aws`, or `aws-cn` and `aws-us-gov` for those that are apart. */
export const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** The ARN of a resource of this account in a region. */
export const arnOf = (region: string, service: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`

/** The ARN of one that is in no region, but in the partition of this one: `iam`, `sts`. */
export const globalArnOf = (region: string, service: 'iam' | 'sts', resource: string): string =>
  `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`
