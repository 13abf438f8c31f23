// Local calls: what an edit leaves in rows and log, and what is refused (W-33, W-49 to W-51).

import assert from 'node:assert/strict';
import test from 'node:test';

import { folder, openClient } from './helpers.mjs';

const opened = (t) => openClient(t, folder(t));
const logOf = ({ database }) => [...database.metadata().keys()].flatMap((name) => database.log({ name }))
  .map(({ rowId, action, values }) => [rowId, action, values.Name ?? values.Title]);

test('an edit is there after the client is opened again, and temporary keys go on counting', async (t) => {
  const place = folder(t);
  const client = await openClient(t, place);
  client.local.create('Employee', { Name: 'Ada', Active: true });
  const [ada] = (await openClient(t, place)).local.get('Employee', null);
  assert.deepEqual({ ...ada }, { Id: -1, Name: 'Ada', Salary: null, Active: 1, DeptId: null });
  const again = await openClient(t, place);
  assert.equal(again.local.create('Employee', { Name: 'Eve' }).Id, -2);
});

test('updates are logged one by one, or folded into the last unsent entry', async (t) => {
  const client = await opened(t);
  const { Id } = client.local.create('Employee', { Name: 'a' });
  const how = { primaryKeys: { Id } };
  client.local.update('Employee', { Name: 'b' }, how);
  client.local.update('Employee', { Name: 'c' }, { ...how, trackIntermediateUpdates: false });
  assert.deepEqual(logOf(client), [[1, 'create', 'a'], [2, 'update', 'c']]);
  client.local.update('Employee', { Name: 'd' }, { ...how, trackChanges: false });
  assert.deepEqual(logOf(client), [[1, 'create', 'a'], [2, 'update', 'c']]);
  assert.equal(client.local.get('Employee', how)[0].Name, 'd');
});

test('no update is folded into a deferred entry, nor a deferred one into another', async (t) => {
  const client = await opened(t);
  const how = { primaryKeys: { Id: client.local.create('Employee', { Name: 'a' }, { markForUpload: false }).Id } };
  client.local.update('Employee', { Name: 'b' }, { ...how, trackIntermediateUpdates: false });
  assert.equal(logOf(client).length, 2);
});

test('a refused edit changes nothing', async (t) => {
  const client = await opened(t);
  const { local } = client;
  local.create('Employee', { Name: 'Ada' });
  const one = { primaryKeys: { Id: -1 } };
  const cases = [
    [() => local.create('Nobody', { Name: 'x' }), 2404], [() => local.create('Employee', {}), 2307],
    [() => local.create('Employee', { Name: 'x', Shoes: 1 }), 2310], [() => local.create('Employee', { Salary: 1 }), 2308],
    [() => local.create('Employee', { Name: 'x', Id: 1 }), 2309], [() => local.create('Employee', { Name: 'x', Salary: 'much' }), 2311],
    [() => local.create('Employee', { Name: 'longer than ten' }), 2311], [() => local.update('Employee', { Id: 2 }, one), 2303],
    [() => local.update('Employee', { Name: null }, one), 2308], [() => local.update('Employee', { Name: 'x' }, null), 2305],
    [() => local.update('Employee', { Name: 'x' }, { primaryKeys: { Id: 9 } }), 2301],
    [() => local.delete('Employee', null, { whereConditionAsAString: 'Name = 1; --' }), 2304],
  ];
  for (const [edit, code] of cases) assert.throws(edit, { code }, String(edit));
  assert.deepEqual(logOf(client), [[1, 'create', 'Ada']]);
  assert.equal(local.get('Employee', null)[0].Name, 'Ada');
});

test('rows are named by keys of any spelling, by a map, by a condition', async (t) => {
  const { local } = await opened(t);
  for (const Name of ['Ada', 'Eve']) local.create('Employee', { Name, Salary: Name.length + 0.5 });
  const names = (options) => local.get('Employee', options).map((row) => row.Name);
  assert.deepEqual(names({ primaryKeys: { Id: '-2.0' } }), ['Eve']);
  assert.deepEqual(names({ whereCondition: { Salary: '3.50' } }), ['Ada', 'Eve']);
  assert.deepEqual(names({ whereConditionAsAString: "Name = 'Ada'" }), ['Ada']);
});

test('conditions follow SQL', async (t) => {
  const { local } = await opened(t);
  local.create('Employee', { Name: "O'Hara", Salary: 10, Active: true });
  local.create('Employee', { Name: 'Bob', Salary: 9 });
  const names = (text) => local.get('Employee', { whereConditionAsAString: text }).map((row) => row.Name).join();
  const cases = {
    "Name = 'O''Hara'": "O'Hara", 'Salary > 9': "O'Hara", 'Salary >= 9 AND NOT Name LIKE \'o%\'': 'Bob',
    'Active = 1': "O'Hara", 'Active <> 1': '', 'Active IS NULL': 'Bob', 'Active IS NOT NULL OR Salary < 0': "O'Hara",
    "\"Name\" IN ('Bob', 'x')": 'Bob', "Name NOT IN ('Bob')": "O'Hara", 'Salary BETWEEN 9 AND 9.5': 'Bob',
    '(Salary = 9 OR Salary = 10) AND Active = TRUE': "O'Hara", 'NOT (Active = 1)': '',
  };
  for (const [text, wanted] of Object.entries(cases)) assert.equal(names(text), wanted, text);
  for (const text of ['', 'Name =', 'Shoes = 1', '1 = 1) OR (1 = 1', 'Name = 1 Name', "Name = 'x", 7])
    assert.throws(() => names(text), { code: 2304 }, String(text));
});

test('a cascade deletes the children, and a rollback brings all of them back', async (t) => {
  const client = await opened(t);
  const { DeptId } = client.local.create('Department', { Title: 'sales' });
  client.local.create('Employee', { Name: 'Ada', DeptId });
  client.local.delete('Department', null, { primaryKeys: { DeptId } });
  assert.equal(client.local.get('Employee', null).length, 0);
  assert.deepEqual(logOf(client).slice(2), [[3, 'delete', 'Ada'], [4, 'delete', 'sales']]);
  client.local.rollback('application');
  assert.deepEqual(logOf(client), []);
  assert.deepEqual(client.database.rows(client.database.metadata() && { name: 'Employee' }), []);
});
