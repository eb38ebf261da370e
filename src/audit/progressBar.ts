import { SingleBar } from 'cli-progress'

/** Shows how far the audit is. */
export type Progress = {
  /** Counts applications of a region. */
  readonly show: (region: string, done: number, of: number) => void
  readonly end: () => void
}

/** A bar that disappears at the end; where the stream is no terminal, nothing. */
export const progressBar = (stream: NodeJS.WriteStream): Progress => {
  if (!stream.isTTY) return { show: () => {}, end: () => {} }
  const bar = new SingleBar({
    stream,
    format: 'Auditing {bar} {count}',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 30,
    // Otherwise it switches off the terminal's own wrapping, and Ctrl-C leaves it off.
    linewrap: true,
    clearOnComplete: true,
    etaBuffer: 1,
  })
  bar.start(1, 0, { count: '' })
  const regions = new Map<string, { readonly done: number; readonly of: number }>()
  return {
    show: (region, done, of) => {
      regions.set(region, { done, of })
      const sum = (key: 'done' | 'of') => [...regions.values()].reduce((total, one) => total + one[key], 0)
      bar.setTotal(sum('of'))
      bar.update(sum('done'), { count: `${sum('done')} of ${sum('of')} applications` })
    },
    end: () => bar.stop(),
  }
}
