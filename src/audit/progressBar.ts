import { SingleBar } from 'cli-progress'

/** How far the audit is, for whoever watches. */
export type Progress = {
  /** So many applications of a region have been looked at, of so many. */
  readonly show: (region: string, done: number, of: number) => void
  readonly end: () => void
}

/** A bar that is gone when the work is done; nothing at all where there is no terminal. */
export const progressBar = (stream: NodeJS.WriteStream): Progress => {
  if (!stream.isTTY) return { show: () => {}, end: () => {} }
  const bar = new SingleBar({
    stream,
    format: 'Looking {bar} {count}',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 30,
    // Else it would switch the terminal's own wrapping off, and leave it so for whoever presses Ctrl-C.
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
