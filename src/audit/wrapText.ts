import stringWidth from 'string-width'

/** Where a sentence may break. */
export const afterBlanks = /(?<=\s)/
/** Where a name may break. */
const afterSeparators = /(?<=[\s/_-])/

/**
 * Breaks a text into lines.
 *
 * @param width columns of a line
 * @param breaks where a line may end; a piece that is wider than a line breaks anywhere
 */
export const wrapText = (text: string, width: number, breaks = afterSeparators): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const piece of text.split(breaks).flatMap((one) => cutToWidth(one, width))) {
    if (line !== '' && stringWidth((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = piece
    } else line += piece
  }
  return [...lines, line.trimEnd()]
}

const cutToWidth = (piece: string, width: number): readonly string[] => {
  const pieces: string[] = []
  let current = ''
  for (const character of piece) {
    if (current !== '' && stringWidth((current + character).trimEnd()) > width) {
      pieces.push(current)
      current = character
    } else current += character
  }
  return [...pieces, current]
}
