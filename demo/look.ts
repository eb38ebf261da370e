export type Mark = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** How wide a page may be, and how to make something stand out on it, if at all. */
export type Look = { readonly columns: number; mark(mark: Mark, text: string): string }

/** Breaks a text into lines of so many characters at most; what follows the first is indented. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = `  ${word}`
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
