// Deploys the consent contract and grants, with dedot.
//
//   WS_URL=ws://127.0.0.1:9944 node dedot.mjs path/to/consent.contract
import { readFile } from 'node:fs/promises';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { DedotClient, WsProvider } from 'dedot';
import { Contract, ContractDeployer } from 'dedot/contracts';

const [bundlePath] = process.argv.slice(2);
if (!bundlePath) throw new Error('usage: node dedot.mjs path/to/consent.contract');
const metadata = JSON.parse(await readFile(bundlePath, 'utf8'));

// The public development accounts: never use them where anything is worth anything.
await cryptoWaitReady();
const keyring = new Keyring({ type: 'sr25519' });
const patient = keyring.addFromUri('//Alice');

// The legacy methods: with the new ones a node that seals on demand holds a transaction back until some block comes.
const client = await DedotClient.legacy(new WsProvider(process.env.WS_URL ?? 'ws://127.0.0.1:9944'));

// A dry run names the gas that the transaction then pays for.
const deployer = new ContractDeployer(client, metadata, metadata.source.wasm, { defaultCaller: patient.address });
const consortium = keyring.addFromUri('//Charlie').address; // Stands in: a base decision needs no role.
const salt = `0x${Date.now().toString(16).padStart(16, '0')}`;
const { raw: instantiation } = await deployer.query.new(consortium, client.genesisHash, { salt });
const deployed = await deployer.tx.new(consortium, client.genesisHash, { salt, gasLimit: instantiation.gasRequired })
  .signAndSend(patient).untilFinalized();
const address = await deployed.contractAddress();
console.log(`deployed ${address}`);

const contract = new Contract(client, metadata, address, { defaultCaller: patient.address });
const { data: id } = await contract.query.nextGrant(patient.address);
const hour = 3_600_000n;
const now = BigInt(Date.now());
const terms = {
  effect: 'Permit',
  grantee: { type: 'Anyone' }, // Whose role fits the purpose. Only what is granted to somebody has a key split.
  purposes: 1,
  slots: 1 << 3,
  confidentiality: 'Normal',
  from: now - hour,
  until: now + hour,
  depth: 0, delegable: false, research: { permission: 'None', modifiers: 0, extent: 'Count' }, narrowing: undefined,
  proxies: 0, threshold: 0,
  document: `0x${'11'.repeat(32)}`,
  split: `0x${'00'.repeat(32)}`,
};
const { data, raw } = await contract.query.grant(id, terms);
if (data.isErr) throw new Error(`the contract refuses: ${data.err}`);
const granted = await contract.tx.grant(id, terms, { gasLimit: raw.gasRequired })
  .signAndSend(patient).untilFinalized();
const event = contract.events.Granted.find(granted.events);
console.log(`granted ${event.data.id} at block ${granted.status.value.blockNumber}`);
console.log(`the next grant is ${(await contract.query.nextGrant(patient.address)).data}`);
await client.disconnect();
