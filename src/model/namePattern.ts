/**
 * Whether the stack may change an Auto Scaling group: its name against the parameter AutoScalingGroupNamePattern, as IAM
 * reads it in a resource: `*` is any characters, `?` is one.
 */
export const matches = (pattern: string, name: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(name)
