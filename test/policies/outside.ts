/**
 * What lies just outside of a pattern of IAM: for each stretch between its wildcards, a text that the pattern matches with
 * the last letter or digit of that stretch changed.
 *
 * @param inside a text that the pattern matches; of any other nothing is made
 */
export const justOutside = (pattern: string, inside: string): readonly string[] => {
  const stretches = pattern.split(/[*?]/).map((literal) => `(${literal.replace(/[$()+.[\\\]^{|}]/g, '\\$&')})`)
  const parts = new RegExp(`^${stretches.join('(.*?)')}$`, 's').exec(inside)?.slice(1) ?? []
  return parts.flatMap((part, index) =>
    index % 2 === 0 && /\w/.test(part) ? [parts.with(index, withLastChanged(part)).join('')] : [],
  )
}

/** The same ARN, but of another partition, another region, another account. */
export const elsewhere = (arn: string): readonly string[] => {
  const fields = arn.split(':')
  return (
    [
      [1, fields[1] === 'aws' ? 'aws-cn' : 'aws'],
      [3, 'ap-south-2'],
      [4, '999999999999'],
    ] as const
  ).map(([index, other]) => fields.with(index, other).join(':'))
}

const withLastChanged = (text: string): string => text.replace(/\w(?=\W*$)/, (last) => (last === 'x' ? 'y' : 'x'))
