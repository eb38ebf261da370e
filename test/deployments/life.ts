// The names by which `reads.test.ts` still knows these.
export { beginDeployment as live, type PlayedDeployment as Life } from './playedDeployment.ts'
