/**
 * Whether a name matches a parameter such as AutoScalingGroupNamePattern, as IAM reads a pattern in a resource: `*` is any
 * characters, `?` is one. The stack may change only what matches.
 *
 * It goes back only to the newest `*`, so that the steps are bounded by the product of both lengths: a regular expression
 * takes exponential time for a pattern with many `*`.
 */
export const matches = (pattern: ArrayLike<string>, name: ArrayLike<string>): boolean => {
  let inPattern = 0
  let inName = 0
  /** The newest `*`, and up to where in the name it reaches. */
  let star: { readonly at: number; readonly reach: number } | undefined
  while (inName < name.length) {
    const wanted = pattern[inPattern]
    if (wanted === '*') {
      star = { at: inPattern, reach: inName }
      inPattern += 1
    } else if (wanted === '?' || wanted === name[inName]) {
      inPattern += 1
      inName += 1
    } else if (star === undefined) {
      return false
    } else {
      star = { ...star, reach: star.reach + 1 }
      inPattern = star.at + 1
      inName = star.reach
    }
  }
  while (pattern[inPattern] === '*') inPattern += 1
  return inPattern === pattern.length
}
