/**
 * Whether a name matches the parameter AutoScalingGroupNamePattern, as IAM reads a pattern in a resource: `*` is any
 * characters, `?` is one. The stack may change only the Auto Scaling groups that match.
 */
export const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(name)
