/**
 * Gives this process other environment variables, and those alone but for PATH and HOME.
 *
 * @returns puts everything back
 */
export const withEnvironment = (variables: Readonly<Record<string, string>>): (() => void) => {
  const before = process.env
  process.env = { PATH: before['PATH'], HOME: before['HOME'], ...variables }
  return () => {
    process.env = before
  }
}
