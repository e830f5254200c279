// Starts everything with the demo’s people, and says how to sign in as each of them. It ends with Ctrl-C.
import { once } from 'node:events'
import { BILLS } from './bills.ts'
import { DEMO } from './cast.ts'
import { World } from './world.ts'

await using world = await World.start({ cast: DEMO, more: BILLS, say: (what) => console.error(`[portal] ${what}`) })
console.log(`\nThe portal is at ${world.portal}\n\nSign in with the 24 words of one of these people:\n`)
for (const { name, about, roles, words } of world.people) {
  console.log(`${name} (${[about, ...roles].join(', ')})\n  ${words}\n`)
}
console.log('Everything is gone when this ends: press Ctrl-C.')
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
