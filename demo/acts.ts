/**
 * The acts of the story, each with the minute in which it begins. The minutes are the same in both worlds, so that only
 * Greenlight can make them differ.
 */
export const acts = {
  deployment: { begins: 0, fails: 'during the deployment' },
  scaleOut: { begins: 10, fails: 'during the scale-out' },
  breakdown: { begins: 15, fails: 'after an instance broke' },
  scaleIn: { begins: 25, fails: 'during the scale-in' },
} as const satisfies Record<string, { begins: number; fails: string }>

export type Act = keyof typeof acts

/** The acts in the order of play. */
export const actNames = Object.keys(acts) as Act[]

/** The minute in which the story ends. */
export const endsAfterMinutes = 30

/** How many instances blue has, and so green (F1), and how many the scaling policy adds and then removes. */
export const instanceCount = 4
export const addedCount = 2
