/** How much Greenlight may do. */
export const modes = ['observe', 'heal', 'gate'] as const
export type Mode = (typeof modes)[number]
