import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CountAnswer } from '@aegle/sdk'
import { errorBar, questionsLeft } from '../src/research/count.ts'

const answer = (spent: number, left: number, groups = 0) =>
  ({ spent, left, groups: Array.from({ length: groups }, () => 'fewer'), total: { about: 100 } }) as unknown as CountAnswer

/** How often discrete Laplace noise of an epsilon is farther from 0 than `k`. */
const misses = (epsilon: number, k: number) => (2 * Math.exp(-epsilon * (k + 1))) / (1 + Math.exp(-epsilon))

it('says how far a number may be from the truth, as the noise that its cost buys', () => {
  assert.equal(errorBar(answer(125, 9_875)), 24)
  assert.equal(errorBar(answer(375, 9_625, 2)), 24)
  for (const cost of [50, 125, 500, 1_000]) {
    const bar = errorBar(answer(cost, 0))
    assert(misses(cost / 1_000, bar) <= 0.05, `${cost}: ${misses(cost / 1_000, bar)}`)
    assert(misses(cost / 1_000, bar - 3) > 0.05, `${cost} has too wide a bar`)
  }
})

it('says how many numbers are left', () => {
  assert.equal(questionsLeft(answer(125, 9_875)), 79)
  assert.equal(questionsLeft(answer(125, 124)), 0)
  assert.equal(questionsLeft(answer(375, 250, 2)), 2)
})
