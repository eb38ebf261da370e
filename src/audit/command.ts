/** A command line in the parts that it may be broken between, each ready for a shell. */
export type Command = readonly string[]

/** One word for a shell, whatever is in it. */
export const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** On one line. */
export const oneLine = (command: Command): string => command.join(' ')

/** On as many lines as it takes to stay within so many columns, where it can be broken: a shell reads them as one. */
export const folded = (command: Command, width: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const part of command) {
    if (line !== '' && line.length + part.length + ' \\'.length >= width) {
      lines.push(`${line} \\`)
      line = `  ${part}`
    } else line = line === '' ? part : `${line} ${part}`
  }
  return [...lines, line]
}
