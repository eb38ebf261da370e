/** A shell command, in parts between which a line may break. Each part is quoted where it must be. */
export type ShellCommand = readonly string[]

/** The command on one line. */
export const onOneLine = (command: ShellCommand): string => command.join(' ')

/**
 * The command on several lines, which a shell reads as one.
 *
 * @param width columns that a line should have at most; a part that is longer stays whole
 */
export const foldCommand = (command: ShellCommand, width: number): readonly string[] => {
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
