import stringWidth from 'string-width'

/**
 * Breaks a text into lines of at most so many columns: between words, behind what separates the parts of a name, and where
 * neither helps anywhere.
 */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const piece of text.split(/(?<=[\s/_-])/).flatMap((one) => fitting(one, width))) {
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
