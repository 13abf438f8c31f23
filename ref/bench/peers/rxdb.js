// RxDB with its memory storage: nothing is durable, which spares it the disk.
'use strict';
const { createRxDatabase } = require('rxdb');
const { getRxStorageMemory } = require('rxdb/plugins/storage-memory');
const { replicateRxCollection } = require('rxdb/plugins/replication');
const { records, page, post, seconds } = require('./records');

const text = { type: 'string' };
const number = { type: 'number' };
const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 20 },
    Name: text, Salary: number, Active: number, HiredOn: text, DeptId: number, City: text, Street: text, Phone: text,
    Notes: { type: ['string', 'null'] },
  },
};

let opened = 0;

async function open() {
  const database = await createRxDatabase({ name: `peer${opened++}`, storage: getRxStorageMemory(), multiInstance: false });
  const { employees } = await database.addCollections({ employees: { schema } });
  return { database, employees };
}

async function replicate(collection, directions) {
  const state = replicateRxCollection({ collection, replicationIdentifier: `peer${opened}`, live: false, ...directions });
  let failure;
  state.error$.subscribe((error) => { failure = error; });
  await state.awaitInitialReplication();
  if (failure) throw failure;
}

async function pull(url, count) {
  const { database, employees } = await open();
  const handler = async (checkpoint) => {
    const next = checkpoint ? checkpoint.page + 1 : 0;
    const { records: documents } = await page(url, next);
    for (const one of documents) one._deleted = false;
    return { documents, checkpoint: { page: next } };
  };
  const taken = await seconds(() => replicate(employees, { pull: { batchSize: 500, handler } }));
  const stored = await employees.count().exec();
  await database.remove();
  if (stored !== count) throw new Error(`${stored} records were stored instead of ${count}`);
  return taken;
}

async function push(url, count) {
  const { database, employees } = await open();
  await employees.bulkInsert(records(count));
  let sent = 0;
  const handler = async (rows) => {
    sent += rows.length;
    await post(url, rows);
    return [];
  };
  const taken = await seconds(() => replicate(employees, { push: { batchSize: 500, handler } }));
  await database.remove();
  if (sent !== count) throw new Error(`${sent} records were sent instead of ${count}`);
  return taken;
}

module.exports = { name: 'RxDB 17.6.0, memory', pull, push };
