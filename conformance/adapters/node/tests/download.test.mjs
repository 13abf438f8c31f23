// Downloads: when a delta moves, what a page leaves behind, when the client gives up (W-18 to W-27).

import assert from 'node:assert/strict';
import test from 'node:test';

import { parse } from '../sdk/json.mjs';
import { folder, openClient, sync } from './helpers.mjs';

const row = (Id, changes = {}) => ({
  Id, Name: `n${Id}`, Salary: null, Active: null, DeptId: null, _metadata: { checksum: `c${Id}` }, ...changes,
});
const page = (records, more, delta = 'd1') => ({
  opstatus: 0, Objects: [{ name: 'Employee', records }],
  ...(more ? { hasMoreRecords: 'true', delta_context: { objs: { Employee: { bc: more, delta: 'early' } } } }
    : { delta_context: { objs: { Employee: { delta } } } }),
});

/** A client whose downloads get these answers, one after the other; an Error is thrown. `bodies`: what was asked. */
async function before(t, ...answers) {
  const client = await openClient(t, folder(t));
  const bodies = [];
  client.foundry.download = async ({ body }) => {
    bodies.push(JSON.parse(body));
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer instanceof Error) throw answer;
    return parse(JSON.stringify(answer));
  };
  const names = () => client.local.get('Employee', null).map(({ Name }) => Name).sort();
  return { client, bodies, names };
}

test('each page is asked for with what the last one gave, and the delta with the next sync', async (t) => {
  const { client, bodies, names } = await before(t, page([row(1)], 'b1'), page([row(2)], 'b2'), page([row(3)]), page([], null, 'd2'));
  assert.ok((await sync(client)).payload);
  assert.ok((await sync(client)).payload);
  const objs = bodies.map((body) => body.delta_context?.objs.Employee);
  assert.deepEqual(objs, [undefined, { bc: 'b1', delta: 'early' }, { bc: 'b2', delta: 'early' }, { delta: 'd1' }]);
  assert.deepEqual(names(), ['n1', 'n2', 'n3']);
});

test('a sync that fails after the first page keeps the page and asks for everything again', async (t) => {
  const { client, bodies, names } = await before(t, page([row(1)], 'b1'), new Error('cut'), page([row(1), row(2)]));
  assert.ok((await sync(client)).error);
  assert.deepEqual(names(), ['n1']);
  assert.ok((await sync(client)).payload);
  assert.deepEqual(bodies[2], {});
  assert.deepEqual(names(), ['n1', 'n2']);
});

test('a partial record is left out and told, its neighbours are stored, the delta stays', async (t) => {
  const { client, bodies, names } = await before(t, page([row(1), { ...row(2), Name: undefined }, row(3)]));
  const { payload } = await sync(client);
  assert.deepEqual(payload.successResponse.Org.syncErrors.download.map(({ object, opstatus }) => [object, opstatus]), [['Employee', 2474]]);
  assert.deepEqual(names(), ['n1', 'n3']);
  await sync(client);
  assert.deepEqual(bodies[1], {});
});

test('a page with a broken record is stored not at all', async (t) => {
  for (const broken of [[row(1), 7], [row(1), row(2, { Salary: {} })], 'text']) {
    const { client, names } = await before(t, page(broken));
    assert.equal((await sync(client)).error.failureResponse.Org.code, 2474);
    assert.deepEqual(names(), []);
  }
});

test('an edit that is pending stays in sight, and a rollback shows what came meanwhile', async (t) => {
  const { client, names } = await before(t, page([row(1)]), page([row(1, { Name: 'theirs' })], null, 'd2'));
  await sync(client);
  client.local.update('Employee', { Name: 'mine' }, { primaryKeys: { Id: 1 } });
  await sync(client, { objectServicesOptions: { Org: { syncType: 'downloadOnly' } } });
  assert.deepEqual(names(), ['mine']);
  client.local.rollback('object', 'Employee');
  assert.deepEqual(names(), ['theirs']);
});

test('a deleted row goes, and deleting what is not there does no harm', async (t) => {
  const gone = (Id) => ({ Id, _metadata: { action: 'delete' } });
  const { client, names } = await before(t, page([row(1), row(2)]), page([gone(1), gone(9)], null, 'd2'));
  await sync(client);
  await sync(client);
  assert.deepEqual(names(), ['n2']);
});

test('a server that gives the same context for ever is left', async (t) => {
  const { client, bodies } = await before(t, page([row(1)], 'same'));
  assert.equal((await sync(client)).error.failureResponse.Org.code, 2474);
  assert.equal(bodies.length, 3);
});

test('each filter has its own delta', async (t) => {
  const { client, bodies } = await before(t, page([], null, 'd1'), page([], null, 'd2'), page([], null, 'd3'));
  const filtered = { objectServicesOptions: { Org: { filter: { Employee: 'Id eq 1' } } } };
  for (const options of [{}, filtered, filtered, {}]) await sync(client, options);
  assert.deepEqual(bodies.map((body) => body.delta_context?.objs.Employee), [
    undefined, { odatastring: '$filter=Id eq 1' }, { delta: 'd2', odatastring: '$filter=Id eq 1' }, { delta: 'd1' },
  ]);
});
