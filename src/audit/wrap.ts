import stringWidth from 'string-width'

/** Behind what a sentence may be broken, and a name. */
export const blanks = /(?<=\s)/
export const separators = /(?<=[\s/_-])/

/** Breaks a text into lines of at most so many columns: behind one of these, and where none helps anywhere. */
export const wrap = (text: string, width: number, behind = separators): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const piece of text.split(behind).flatMap((one) => fitting(one, width))) {
    if (line !== '' && stringWidth((line + piece).trimEnd()) > width) {
      lines.push(line.trimEnd())
      line = piece
    } else line += piece
  }
  return [...lines, line.trimEnd()]
}

const fitting = (piece: string, width: number): readonly string[] => {
  const pieces = ['']
  for (const character of piece) {
    const last = pieces.at(-1) ?? ''
    if (last !== '' && stringWidth((last + character).trimEnd()) > width) pieces.push(character)
    else pieces[pieces.length - 1] = last + character
  }
  return pieces
}
