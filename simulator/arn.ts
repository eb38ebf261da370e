/** The account of every simulated resource: the one that AWS's documentation uses. */
export const accountId = '123456789012'

/** The partition that a region belongs to: `aws`, `aws-cn` or `aws-us-gov`. */
const partitionOf = (region: string): string => {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

/** The ARN of a resource of this account in a region. */
export const arnOf = (region: string, service: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${accountId}:${resource}`

/** The ARN of a resource without a region (`iam`, `sts`), in the partition of this region. */
export const globalArnOf = (region: string, service: 'iam' | 'sts', resource: string): string =>
  `arn:${partitionOf(region)}:${service}::${accountId}:${resource}`
