// setup, incrementalSetup, reset, drop: where metadata comes from, and what becomes of the data (W-9, W-10, W-51).
//
// Always true: metadata of all services is fetched and checked before anything is stored; a call that fails leaves
// schema, rows and edits as they were (C-7).

import { asSyncError, CODES, SyncError } from './errors.mjs';
import { checkMetadata, Schema } from './metadata.mjs';
import { failureOf } from './sync.mjs';

/** The offline object services of a service document: name -> { url, metadata_url, version } (W-1). */
export function readDocument(document) {
  const services = Object.entries(document?.services_meta ?? {});
  return new Map(services.filter(([, entry]) => entry?.type === 'objectsvc' && entry.offline !== false));
}

/** The schema that is stored, or, the first time, fetched. */
export async function setup({ database, foundry, addresses }) {
  const stored = database.metadata();
  if (stored.size > 0) return new Schema(stored); // SET-01: later setups send nothing
  const { schema, answers } = await fetchSchema(foundry, addresses);
  database.commit(() => saveAll(database, answers));
  return schema;
}

/** Fetch the metadata again; what concerns dropped objects and columns goes, the rest stays (SET-03). */
export async function incrementalSetup({ database, foundry, addresses }) {
  const old = new Schema(database.metadata());
  const { schema, answers } = await fetchSchema(foundry, addresses);
  database.commit(() => {
    for (const service of old.services) {
      if (!answers.has(service.name)) database.drop(service);
      else for (const object of service.objects) carryOver(database, object, schema);
    }
    saveAll(database, answers);
  });
  return schema;
}

/** Empty all tables; the structure is fetched anew first (C-7). */
export async function reset({ database, foundry, addresses }) {
  const { schema, answers } = await fetchSchema(foundry, addresses);
  database.commit(() => {
    for (const service of new Schema(database.metadata()).services) {
      for (const object of service.objects) database.clear(object);
      database.forgetUploads(service, () => true);
    }
    saveAll(database, answers);
  });
  return schema;
}

/** Remove all tables; setup is needed again. */
export function drop({ database }) {
  database.commit(() => new Schema(database.metadata()).services.forEach((service) => database.drop(service)));
}

async function fetchSchema(foundry, addresses) {
  const answers = new Map();
  const failures = Object.create(null);
  await Promise.all([...addresses].map(async ([name, address]) => {
    try {
      const answer = await foundry.metadata(address);
      checkMetadata(name, answer);
      answers.set(name, answer);
    } catch (error) {
      failures[name] = failureOf(asSyncError(error));
    }
  }));
  if (Object.keys(failures).length > 0) throw failed(answers, failures);
  const ordered = new Map([...addresses.keys()].map((name) => [name, answers.get(name)]));
  return { schema: new Schema(ordered), answers: ordered };
}

function failed(answers, failures) {
  const successful = Object.fromEntries([...answers.keys()].map((name) => [name, { status: 0 }]));
  return new SyncError(CODES.SETUP, `the setup of ${Object.keys(failures).join(', ')} failed: see failedObjectServices`,
    { userInfo: { successfulObjectServices: successful, failedObjectServices: failures } });
}

function saveAll(database, answers) {
  for (const [name, answer] of answers) database.saveMetadata(name, answer);
}

// ---- what an object keeps ----

function carryOver(database, object, schema) {
  const fresh = schema.service(object.service.name).objects.find((other) => other.name === object.name);
  const namesOf = (fields) => JSON.stringify(fields.map(({ name }) => name));
  if (!fresh || namesOf(fresh.keyFields) !== namesOf(object.keyFields)) return database.clear(object);
  const dropped = object.fields.filter(({ name }) => !fresh.field(name));
  return dropped.length > 0 ? database.rows(object).forEach((row) => strip(database, object, row, dropped)) : undefined;
}

function strip(database, object, { key, ...row }, dropped) {
  const without = (values) => {
    if (!values) return values;
    const left = Object.assign(Object.create(null), values);
    for (const { name } of dropped) delete left[name];
    return left;
  };
  for (const entry of database.entriesOf(object, row))
    database.saveEntry(object.service, { ...entry, values: without(entry.values) });
  database.saveRow(object, key, { ...row, local: without(row.local), server: without(row.server) });
}
