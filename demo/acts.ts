/**
 * The acts of the story. The deployment takes as long as it takes; everything after it happens at a fixed time after the
 * beginning, the same in both worlds, so that nothing but Greenlight can make them differ.
 */
export const acts = {
  deployment: { begins: 0, fails: 'during the deployment' },
  scaleOut: { begins: 10, fails: 'during the scale-out' },
  breakdown: { begins: 15, fails: 'after an instance broke' },
  scaleIn: { begins: 25, fails: 'during the scale-in' },
} as const satisfies Record<string, { begins: number; fails: string }>

export type Act = keyof typeof acts

/** In the order in which they are played. */
export const actNames = Object.keys(acts) as Act[]

/** Minutes after the beginning at which the story is over. */
export const endsAfterMinutes = 30

/** How many instances there are in blue, and so in green (F1), and how many the scaling policy adds and takes. */
export const instanceCount = 4
export const addedCount = 2
