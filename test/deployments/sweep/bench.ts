import { measureSweep } from './measure.ts'

// The entry of `npm run bench:sweep`: how a sweep grows with the account. Every call to AWS takes 50 ms, in virtual time.
const columns = ['deployment groups', 'calls', 'calls a group', 'at once', 'virtual seconds', 'peak heap growth, MB']
console.log(columns.map((column, index) => column.padStart(widthOf(index))).join('  '))
for (const deploymentGroups of [10, 100, 1_000, 10_000]) {
  const measured = await measureSweep({ deploymentGroups, applications: deploymentGroups / 10, withHeap: true })
  const row = [
    String(deploymentGroups),
    String(measured.calls),
    (measured.calls / deploymentGroups).toFixed(2),
    String(measured.atOnce),
    measured.virtualSeconds.toFixed(2),
    measured.heapMB.toFixed(1),
  ]
  console.log(row.map((cell, index) => cell.padStart(widthOf(index))).join('  '))
}

function widthOf(column: number): number {
  return columns[column]?.length ?? 0
}
