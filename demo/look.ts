export type Mark = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** How wide a page may be, and how to mark a text on it; without colours `mark` returns the text unchanged. */
export type Look = { readonly columns: number; mark(mark: Mark, text: string): string }

/** Breaks a text into lines of at most `width` characters; every line but the first is indented. */
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
