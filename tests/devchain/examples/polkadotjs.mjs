// Deploys the consent contract and grants, with polkadot.js.
//
//   WS_URL=ws://127.0.0.1:9944 node polkadotjs.mjs path/to/consent.contract
import { readFile } from 'node:fs/promises';
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { CodePromise, ContractPromise } from '@polkadot/api-contract';

const [bundlePath] = process.argv.slice(2);
if (!bundlePath) throw new Error('usage: node polkadotjs.mjs path/to/consent.contract');
const bundle = JSON.parse(await readFile(bundlePath, 'utf8'));

const provider = new WsProvider(process.env.WS_URL ?? 'ws://127.0.0.1:9944');
const api = await ApiPromise.create({ provider, noInitWarn: true });

// The public development accounts: never use them where anything is worth anything.
const keyring = new Keyring({ type: 'sr25519' });
const patient = keyring.addFromUri('//Alice');

// Resolves once the transaction is final and has succeeded.
const final = (transaction) => new Promise((resolve, reject) => {
  transaction.signAndSend(patient, (result) => {
    if (result.dispatchError) reject(new Error(result.dispatchError.toString()));
    else if (result.isFinalized) resolve(result);
  }).catch(reject);
});

const code = new CodePromise(api, bundle, bundle.source.wasm);
const gasLimit = api.registry.createType('WeightV2', { refTime: 20_000_000_000n, proofSize: 500_000n });
const consortium = keyring.addFromUri('//Charlie').address; // Stands in: a base decision needs no role.
const { contract: { address } } = await final(
  code.tx.new({ gasLimit, salt: `${Date.now()}` }, consortium, api.genesisHash));
console.log(`deployed ${address}`);

const contract = new ContractPromise(api, bundle, address);
const dryRun = { gasLimit }; // Without it, polkadot.js allows no proof size, and every call is out of gas.
const nextGrant = async () =>
  (await contract.query.nextGrant(patient.address, dryRun, patient.address)).output.asOk.toNumber();
const id = await nextGrant();
const hour = 3_600_000;
const terms = {
  effect: 'Permit',
  grantee: 'Anyone', // Whose role fits the purpose. Only what is granted to somebody has a key split.
  purposes: 1,
  slots: 1 << 3,
  confidentiality: 'Normal',
  from: Date.now() - hour,
  until: Date.now() + hour,
  depth: 0, delegable: false, research: { permission: 'None', modifiers: 0, extent: 'Count' }, narrowing: null,
  proxies: 0, threshold: 0,
  document: `0x${'11'.repeat(32)}`,
  split: `0x${'00'.repeat(32)}`,
};
// A dry run names the gas that the transaction then pays for.
const { gasRequired, output } = await contract.query.grant(patient.address, dryRun, id, terms);
if (output.asOk.isErr) throw new Error(`the contract refuses: ${output.asOk.asErr}`);
const { contractEvents } = await final(contract.tx.grant({ gasLimit: gasRequired }, id, terms));
for (const { event, args } of contractEvents) console.log(event.identifier, args.map(String).join(' '));
console.log(`the next grant is ${await nextGrant()}`);
await api.disconnect();
