// What tests share: temporary folders, a small schema, a client whose Foundry is a script.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { Client } from '../sdk/client.mjs';

/** A folder that is removed when the test ends. */
export function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'offline-objects-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

export function employee(changes = {}) {
  return {
    name: 'Employee', key: ['Id'],
    fields: [
      { name: 'Id', datatype: 'number', nullable: false, auto_generated: true },
      { name: 'Name', datatype: 'string', nullable: false, length: 10 },
      { name: 'Salary', datatype: 'number' }, { name: 'Active', datatype: 'boolean' }, { name: 'DeptId', datatype: 'number' },
    ],
    ...changes,
  };
}

export function department(relationship = {}) {
  return {
    name: 'Department', key: ['DeptId'],
    fields: [{ name: 'DeptId', datatype: 'number', nullable: false, auto_generated: true }, { name: 'Title', datatype: 'string' }],
    relationships: [{
      name: 'Staff', type: 'OneToMany', target_object: 'Employee', source_fields: ['DeptId'], target_fields: ['DeptId'],
      cascade: true, ...relationship,
    }],
  };
}

export function metadata(objects = [department(), employee()], changes = {}) {
  return { opstatus: 0, timestamp: 't1', uploadCache: true, namespaces: [{ name: '', objects }], ...changes };
}

const DOCUMENT = {
  services_meta: { Org: { type: 'objectsvc', url: 'http://localhost/data', metadata_url: 'http://localhost/metadata', version: '1.0' } },
};

/** A client over `storage` that is set up; its uploads are answered by `answer(request)`, its downloads are empty. */
export async function openClient(t, storage, answer = () => ({ opstatus: 0, objects: [] }), answered = metadata()) {
  const client = new Client({ storage, document: DOCUMENT, identity: { token: () => 'token', renew: () => 'token' }, timeoutMs: 1000 });
  t.after(() => client.close());
  client.foundry.metadata = async () => answered;
  client.foundry.download = async () => ({ opstatus: 0, Objects: [] });
  client.foundry.upload = async (request) => answer(request);
  await client.setup({});
  return client;
}

/** The end of an application-level sync: { payload } or { error }. */
export function sync(client, options = {}) {
  return new Promise((resolve) => {
    client.startSync(options, (payload) => resolve({ payload }), (error) => resolve({ error }));
  });
}

/** An upload's records. */
export const recordsOf = ({ body }) => JSON.parse(body).records;
