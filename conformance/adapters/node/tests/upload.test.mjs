// Uploads: what is on disk before a byte leaves, what an answer leaves behind, what a failure keeps (W-31 to W-43).

import assert from 'node:assert/strict';
import test from 'node:test';

import { SyncError } from '../sdk/errors.mjs';
import { folder, metadata, openClient, recordsOf, sync } from './helpers.mjs';

const ORG = { name: 'Org' };
const uploadOnly = { objectServicesOptions: { Org: { syncType: 'uploadOnly' } } };

/** A server that takes every record; generated keys count from 101. */
function accepting() {
  let next = 101;
  const keys = new Map();
  return (request) => ({
    opstatus: 0,
    objects: recordsOf(request).map(({ _metadata: { object, action, rowId }, ...record }) => {
      const name = object === 'Employee' ? 'Id' : 'DeptId';
      if (record[name] < 0 && !keys.has(record[name] + object)) keys.set(record[name] + object, next++);
      const blank = object === 'Employee' ? { Salary: null, Active: null, DeptId: null } : { Title: null };
      const answered = { ...blank, ...record, [name]: keys.get(record[name] + object) ?? record[name] };
      if (object === 'Employee' && answered.DeptId < 0) answered.DeptId = keys.get(`${answered.DeptId}Department`);
      return { name: object, records: [{ ...answered, _metadata: { action, rowId, checksum: `c${rowId}`, opstatus: 0 } }] };
    }),
  });
}

const failure = (unknownOutcome, code = 2031) => () => { throw new SyncError(code, 'no', { unknownOutcome }); };

test('the request is on disk before it is sent, with its id', async (t) => {
  const place = folder(t);
  let seen;
  const client = await openClient(t, place, async (request) => {
    const other = await openClient(t, place); // as the next process would find it
    seen = { cached: other.database.cached(ORG), request };
    return accepting()(request);
  });
  client.local.create('Employee', { Name: 'Ada' });
  assert.ok((await sync(client)).payload);
  assert.equal(seen.cached.length, 1);
  assert.equal(seen.cached[0].id, seen.request.cacheId);
  assert.equal(seen.cached[0].body, seen.request.body);
  assert.deepEqual(client.database.cached(ORG), []);
});

test('an unknown outcome is kept and replayed word for word, later edits follow on the new key', async (t) => {
  const place = folder(t);
  const requests = [];
  const server = accepting();
  let answer = failure(true);
  const client = await openClient(t, place, (request) => { requests.push(request); return answer(request); });
  const { Id } = client.local.create('Employee', { Name: 'Ada' });
  assert.equal((await sync(client)).error.failureResponse.Org.code, 2031);
  client.local.update('Employee', { Name: 'Ada L.' }, { primaryKeys: { Id }, trackIntermediateUpdates: false });
  answer = server;
  assert.ok((await sync(client)).payload);
  assert.equal(requests[1].cacheId, requests[0].cacheId);
  assert.equal(requests[1].body, requests[0].body);
  assert.notEqual(requests[2].cacheId, requests[0].cacheId);
  assert.deepEqual(recordsOf(requests[2]).map(({ Id: id, Name }) => [id, Name]), [[101, 'Ada L.']]);
});

test('what surely was not done is not kept, and goes as a new request', async (t) => {
  const requests = [];
  let answer = failure(false, 2038);
  const client = await openClient(t, folder(t), (request) => { requests.push(request); return answer(request); });
  client.local.create('Employee', { Name: 'Ada' });
  assert.ok((await sync(client)).error);
  assert.deepEqual(client.database.cached(ORG), []);
  answer = accepting();
  assert.ok((await sync(client)).payload);
  assert.notEqual(requests[1].cacheId, requests[0].cacheId);
});

test('generated keys replace temporary ones in row, log and children', async (t) => {
  const client = await openClient(t, folder(t), accepting());
  const { DeptId } = client.local.create('Department', { Title: 'sales' });
  client.local.create('Employee', { Name: 'Ada', DeptId }, { markForUpload: false });
  assert.ok((await sync(client, uploadOnly)).payload);
  const [department] = client.local.get('Department', null);
  assert.equal(department.DeptId, 101);
  assert.equal(client.local.get('Employee', null)[0].DeptId, 101);
  assert.equal(client.database.log(ORG)[0].values.DeptId, 101);
});

test('a child waits for a parent that was refused, and goes when it is there', async (t) => {
  const server = accepting();
  const requests = [];
  let refuses = true;
  const client = await openClient(t, folder(t), (request) => {
    requests.push(recordsOf(request).map(({ _metadata }) => _metadata.object));
    if (!refuses) return server(request);
    const refused = { DeptId: -1, _metadata: { rowId: 1, opstatus: 20006, errmsg: 'no' } };
    return { opstatus: 0, objects: [{ name: 'Department', records: [refused] }] };
  });
  const { DeptId } = client.local.create('Department', { Title: 'sales' });
  client.local.create('Employee', { Name: 'Ada', DeptId });
  const small = { objectServicesOptions: { Org: { uploadBatchSize: 1 } } };
  const { payload } = await sync(client, small);
  assert.deepEqual(payload.successResponse.Org.syncErrors.upload.map(({ object, opstatus, errmsg }) => [object, opstatus, errmsg]),
    [['Department', 20006, 'no']]);
  refuses = false;
  assert.ok((await sync(client, small)).payload);
  assert.deepEqual(requests, [['Department'], ['Department'], ['Employee']]);
  assert.equal(client.local.get('Employee', null)[0].DeptId, 101);
});

test('a partial answer to a create keeps the edit, takes the key, and makes no second row', async (t) => {
  const server = accepting();
  const requests = [];
  let isPartial = true;
  const client = await openClient(t, folder(t), (request) => {
    requests.push(recordsOf(request));
    const answer = server(request);
    if (isPartial) delete answer.objects[0].records[0].Name;
    return answer;
  });
  client.local.create('Employee', { Name: 'Ada' });
  const { payload } = await sync(client, uploadOnly);
  assert.equal(payload.successResponse.Org.syncErrors.upload[0].opstatus, 2473);
  assert.deepEqual([client.local.get('Employee', null)[0].Id, client.database.log(ORG).length], [101, 1]);
  isPartial = false;
  await sync(client, uploadOnly);
  assert.deepEqual(requests[1].map(({ Id, _metadata }) => [Id, _metadata.action]), [[101, 'update']]);
});

test('an answer with a record that was not sent is refused as a whole', async (t) => {
  const client = await openClient(t, folder(t), (request) => {
    const answer = accepting()(request);
    answer.objects[0].records.push({ ...answer.objects[0].records[0], _metadata: { rowId: 99 } });
    return answer;
  });
  client.local.create('Employee', { Name: 'Ada' });
  assert.equal((await sync(client)).error.failureResponse.Org.code, 2473);
  assert.equal(client.database.log(ORG).length, 1);
  assert.equal(client.local.get('Employee', null)[0].Id, -1);
});

for (const uploadCache of [true, false]) test(`edits during a sync go with the next one: cache ${uploadCache}`, async (t) => {
  const server = accepting();
  const requests = [];
  const client = await openClient(t, folder(t), (request) => {
    requests.push(recordsOf(request).map(({ Name }) => Name));
    if (requests.length === 1)
      client.local.update('Employee', { Name: 'late' }, { primaryKeys: { Id: -1 }, trackIntermediateUpdates: false });
    return server(request);
  }, metadata(undefined, { uploadCache }));
  client.local.create('Employee', { Name: 'early' });
  assert.ok((await sync(client)).payload);
  assert.deepEqual(requests, [['early']]);
  assert.equal(client.local.get('Employee', null)[0].Name, 'late');
  assert.ok((await sync(client)).payload);
  assert.deepEqual(requests, [['early'], ['late']]);
});
