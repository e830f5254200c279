// Connects, says so, disconnects when told, and must then end by itself: nothing that it opened may hold the process.
import { connect, type ConnectParameters } from '@aegle/sdk'

const aegle = await connect(JSON.parse(process.argv[2] ?? '') as ConnectParameters)
console.log('connected')
await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
await aegle.disconnect()
console.log('disconnected')
