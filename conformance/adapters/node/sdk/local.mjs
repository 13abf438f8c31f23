// Local calls: create, update, delete, get, markForUpload, getPendingRecordsForUpload, rollback, clearOfflineData.
//
// Always true: an edit is checked as a whole before anything changes, and is on disk when its call returns (UPL-12).
// A call that cannot be obeyed throws a SyncError with its documented code, and changes nothing (W-49, W-50).

import { refersTo } from './database.mjs';
import { CODES, fail } from './errors.mjs';
import { changed, detach, isObject } from './json.mjs';
import { equal, fromApplication, keyText, toApplication } from './values.mjs';
import { parseCondition } from './condition.mjs';

const WAYS = ['primaryKeys', 'whereCondition', 'whereConditionAsAString']; // to say which rows (W-49)
const isEmpty = (value) => value === null || value === undefined || value === '';

export class LocalCalls {
  /**
   * @param {object} needs
   * @param {import('./database.mjs').Database} needs.database
   * @param {{numericBooleans: boolean}} needs.settings
   * @param {() => import('./metadata.mjs').Schema} needs.schema throws 2483 before setup
   * @param {(objects: object[]) => void} needs.refuseWhileSyncing throws 2353
   */
  constructor(needs) { Object.assign(this, needs); }

  create(name, given, options) {
    const object = this.schema().object(name);
    const edit = readEditOptions(options);
    const record = readRecord(object, given);
    this.#checkCreate(object, record, edit);
    return this.database.commit(() => {
      const values = Object.create(null);
      for (const field of object.fields) values[field.name] = record[field.name] ?? null;
      const generated = object.keyFields.find((field) => field.auto_generated && values[field.name] === null);
      if (generated) values[generated.name] = this.database.temporaryKey(object.service);
      const key = keyText(object, values);
      if (this.database.row(object, key).local) fail(CODES.LOCAL, `${object.name}: there is a row with the key ${key}`);
      this.#edit(object, key, 'create', values, values, edit);
      return this.#present(object, values);
    });
  }

  update(name, given, options) {
    const object = this.schema().object(name);
    const edit = readEditOptions(options);
    const changes = readRecord(object, given);
    const rows = this.#selected(object, options, given);
    this.database.commit(() => {
      for (const { key, local } of rows) {
        checkUpdate(object, local, changes);
        const values = changed(local, changes);
        this.#edit(object, key, 'update', values, values, edit);
      }
    });
    return {};
  }

  delete(name, given, options) {
    const object = this.schema().object(name);
    const edit = readEditOptions(options);
    const rows = this.#selected(object, options, given);
    this.database.commit(() => rows.forEach((row) => this.#deleteRow(object, row, edit)));
    return {};
  }

  get(name, options) {
    const object = this.schema().object(name);
    return this.#matching(object, options).map(({ local }) => this.#present(object, local));
  }

  /** Let deferred edits go with the next upload (UPL-04). */
  markForUpload(name, options) {
    const object = this.schema().object(name);
    this.database.commit(() => {
      const entries = this.#edited(object, options).flatMap((row) => this.database.entriesOf(object, row));
      for (const entry of entries) this.database.saveEntry(object.service, { ...entry, isMarked: true });
    });
    return {};
  }

  /** One key for each row with tracked edits, in the order of first edit (C-4). */
  getPendingRecordsForUpload(name, options) {
    const object = this.schema().object(name);
    const rows = this.#edited(object, options).sort((one, other) => one.pending[0] - other.pending[0]);
    const keys = rows.map((row) => this.#presentKey(object, row));
    return { pendingSyncRecords: keys };
  }

  // ---- undoing ----

  /** Rows are as after the last sync, nothing of them is pending. @param {string} level application, objectService,
   *  object or record */
  rollback(level, target, primaryKeys) {
    const objects = this.#scope(level, target);
    const key = level === 'record' ? keyText(objects[0], readKey(objects[0], primaryKeys)) : undefined;
    this.database.commit(() => {
      for (const object of objects) {
        const rows = this.database.rows(object).filter((row) => key === undefined || row.key === key);
        for (const row of rows) this.database.settle(object, row.key, () => true);
        if (level !== 'record') this.#forgetUploads(level, object);
      }
    });
    return {};
  }

  clearOfflineData(level, target) {
    const objects = this.#scope(level, target);
    this.database.commit(() => {
      for (const object of objects) {
        this.database.clear(object);
        this.#forgetUploads(level, object);
      }
    });
    return {};
  }

  // W-44: the scope's own requests; one of the whole service is not an object's.
  #forgetUploads(level, object) {
    this.database.forgetUploads(object.service, (request) => level !== 'object' || request.scope === object.name);
  }

  #scope(level, target) {
    const schema = this.schema();
    const objects = { application: () => schema.objects, objectService: () => schema.service(target).objects };
    const covered = objects[level]?.() ?? [schema.object(target)];
    this.refuseWhileSyncing(covered);
    return covered;
  }

  // ---- rows of a call ----

  // W-49: options.primaryKeys, else a condition, else the key columns of the record.
  #selected(object, options, record) {
    const isNamed = WAYS.some((name) => options?.[name] !== undefined);
    const how = isNamed ? options : { primaryKeys: pickKey(object, record) };
    const rows = this.#matching(object, how);
    if (rows.length === 0 && how.primaryKeys)
      fail(CODES.NOT_FOUND, `${object.name}: no row has the key ${JSON.stringify(how.primaryKeys)}`);
    return rows;
  }

  #matching(object, options) { return this.#rowsWhere(object, options, (row) => row.local); }

  #edited(object, options) {
    const known = (row) => row.local ?? this.database.entriesOf(object, row).at(-1)?.values;
    return this.#rowsWhere(object, options, known).filter((row) => row.pending.length > 0);
  }

  #rowsWhere(object, options, valuesOf) {
    const isOfKey = isObject(options) && options.primaryKeys !== undefined;
    const rows = isOfKey ? [this.#rowOf(object, options.primaryKeys)] : this.database.rows(object);
    const matches = isOfKey ? () => true : readCondition(object, options);
    return rows.filter((row) => valuesOf(row) && matches(valuesOf(row)));
  }

  #rowOf(object, primaryKeys) {
    const key = keyText(object, readKey(object, primaryKeys));
    return { key, ...this.database.row(object, key) };
  }

  // ---- one row ----

  #checkCreate(object, record, { isTracked }) {
    for (const field of object.fields) {
      const value = record[field.name] ?? null;
      const name = `${object.name}.${field.name}`;
      if (field.auto_generated && value !== null && isTracked) fail(CODES.GENERATED, `${name} is generated`);
      if (field.auto_generated) continue;
      if (object.keyFields.includes(field) && isEmpty(value)) fail(CODES.KEY_EMPTY, `${name} is a key and empty`);
      if (field.nullable === false && value === null) fail(CODES.MANDATORY, `${name} is mandatory`);
    }
  }

  #edit(object, key, action, local, values, { isTracked, isMarked, folds }) {
    if (isTracked) this.database.logEdit(object, key, action, { local, values, isMarked, folds });
    else this.database.saveRow(object, key, { ...this.database.row(object, key), local });
  }

  // Children of a cascading relationship go first; the back end deletes those that it cascades to by itself (W-50).
  #deleteRow(object, { key, local }, edit) {
    for (const edge of object.children.filter((edge) => edge.cascade)) {
      const children = this.database.rows(edge.child).filter((row) => row.local && refersTo(edge, row.local, local));
      for (const child of children) {
        const isTracked = edit.isTracked && !edge.backEndCascades;
        if (this.database.row(edge.child, child.key).local) this.#deleteRow(edge.child, child, { ...edit, isTracked });
      }
    }
    this.#edit(object, key, 'delete', null, local, edit);
  }

  #present(object, values) {
    const { numericBooleans } = this.settings;
    const row = Object.create(null);
    for (const field of object.fields) row[field.name] = toApplication(field, values[field.name], numericBooleans);
    return row;
  }

  #presentKey(object, row) {
    const values = row.local ?? this.database.entriesOf(object, row).at(-1).values;
    return object.keyOf(this.#present(object, values));
  }
}

function readEditOptions(options) {
  if (!isObject(options ?? {})) fail(CODES.LOCAL_OPTIONS, 'options must be an object');
  return {
    isTracked: options?.trackChanges !== false,
    isMarked: options?.markForUpload !== false,
    folds: options?.trackIntermediateUpdates === false,
  };
}

/** The columns that were given, checked one by one. */
function readRecord(object, given) {
  const record = detach(given ?? {});
  if (!isObject(record) || Object.keys(record).length === 0)
    fail(CODES.EMPTY_RECORD, `${object.name}: the record is empty`);
  for (const [name, value] of Object.entries(record)) {
    const field = object.field(name) ?? fail(CODES.UNKNOWN_FIELD, `${object.name} has no column ${name}`);
    record[name] = fromApplication(field, value);
  }
  return record;
}

function checkUpdate(object, local, changes) {
  for (const [name, value] of Object.entries(changes)) {
    const field = object.field(name);
    const isOfKey = object.keyFields.includes(field);
    if (isOfKey && !equal(field, value, local[name])) fail(CODES.KEY_CHANGED, `${object.name}.${name} is a key`);
    if (field.nullable === false && value === null) fail(CODES.MANDATORY, `${object.name}.${name} is mandatory`);
  }
}

function pickKey(object, record) {
  const key = isObject(record) ? object.keyOf(record) : {};
  if (object.keyFields.some(({ name }) => isEmpty(key[name])))
    fail(CODES.KEY_EMPTY, `${object.name}: neither a key nor a whereCondition says which row`);
  return key;
}

function readKey(object, given) {
  const key = pickKey(object, detach(given));
  for (const field of object.keyFields) key[field.name] = fromApplication(field, key[field.name]);
  return key;
}

/** A condition in options as a question to a row's values; without one: all rows. */
function readCondition(object, options) {
  if (options === undefined || options === null) return () => true;
  if (!isObject(options)) fail(CODES.LOCAL_OPTIONS, 'options must be an object');
  if (options.whereCondition !== undefined) return allEqual(object, options.whereCondition);
  if (options.whereConditionAsAString !== undefined) return parseCondition(object, options.whereConditionAsAString);
  return () => true;
}

// C-3: a map column -> value, all equal.
function allEqual(object, condition) {
  if (!isObject(condition)) fail(CODES.LOCAL_OPTIONS, 'whereCondition must be an object');
  const wanted = Object.entries(condition).map(([name, value]) => {
    const field = object.field(name) ?? fail(CODES.UNKNOWN_FIELD, `${object.name} has no column ${name}`);
    return { field, value: fromApplication(field, value) };
  });
  return (values) => wanted.every(({ field, value }) => equal(field, value, values[field.name] ?? null));
}
