// What the answer of an upload says about each record that was sent, and storing it (W-34 to W-37).
//
// Always true: an answer is checked as a whole before anything of it is stored, and stored in one commit together with
// the end of its cache entry. Storing it a second time changes nothing. A record that did not surely succeed stays
// pending, with a sync error.

import { CODES, fail } from './errors.mjs';
import { opstatusOf } from './foundry.mjs';
import { isObject } from './json.mjs';
import { CARRIER, hasKey, isPartial, keepUnsynced, valuesFrom, walk } from './records.mjs';
import { equal, keyText, toApplication } from './values.mjs';

/** The answer's records, nested or flat: [{ object, record, metadata, rowId, opstatus, hasFailed }]. Throws 2473. */
export function readAnswer(service, answer) {
  if (!Array.isArray(answer.objects)) fail(CODES.UPLOAD, `${service.name}: the answer has no objects`);
  return answer.objects.flatMap((group) => {
    if (!isObject(group) || !Array.isArray(group.records) || !group.records.every(isObject))
      fail(CODES.UPLOAD, `${service.name}: the answer's records are no records`);
    return group.records.flatMap((record) => walk(service.object(group.name), record));
  }).map(judge);
}

function judge({ object, record }) {
  const metadata = isObject(record._metadata) ? record._metadata : {};
  const opstatus = opstatusOf(metadata.opstatus);
  const hasFailed = opstatus !== 0 || (metadata.errmsg ?? '') !== '';
  const rowId = metadata.rowId ?? null;
  return { object, record, metadata, opstatus, hasFailed, rowId: rowId === null ? undefined : Number(rowId) };
}

/** Throw unless every record is one that was sent and can be filed (W-36). */
function check(answered, sent) {
  for (const { object, record, rowId, hasFailed } of answered) {
    if (rowId === CARRIER || (hasFailed && rowId === undefined)) continue;
    const what = `${object.name}: the answer's record with rowId ${rowId}`;
    if (sent.get(rowId)?.object !== object) fail(CODES.UPLOAD, `${what} was not sent`);
    if (hasFailed) continue;
    if (!hasKey(object, record)) fail(CODES.KEY_MISSING, `${what} lacks the key`);
    if (!valuesFrom(object, record)) fail(CODES.UPLOAD, `${what} has a column without a value's form`);
  }
}

// An error answer need not tell of records.
function readErrors(service, answer) {
  try {
    return readAnswer(service, answer).filter(({ hasFailed }) => hasFailed);
  } catch {
    return [];
  }
}

export class AnswerStorer {
  /** @param {import('./sync.mjs').SyncRun} run gets sync errors and the rows that were uploaded
   *  @param {object[]} records what was sent (records.mjs) */
  constructor(run, records) {
    this.run = run;
    this.database = run.database;
    this.service = run.service;
    this.sent = new Map(records.map((record) => [record.rowId, record]));
  }

  /** Store a good answer; the cache entry `cacheId` goes with it. Throws 2473, 2484 with nothing stored. Gives the
   *  number of records without error. */
  store(answer, cacheId) {
    const answered = readAnswer(this.service, answer);
    check(answered, this.sent);
    const errors = [];
    const uploaded = [];
    const last = new Map(answered.filter(({ rowId }) => this.sent.has(rowId)).map((one) => [one.rowId, one]));
    this.database.commit(() => {
      for (const one of answered.filter(({ rowId }) => rowId === CARRIER)) this.#storeCarrier(one, errors);
      for (const one of this.#bestOfEachRow(last, errors)) uploaded.push(this.#settle(one));
      for (const [rowId, sent] of this.sent)
        if (!last.has(rowId)) errors.push(this.#error(sent, CODES.UPLOAD, 'the answer does not tell of this record'));
      if (cacheId) this.database.forgetUpload(this.service, cacheId);
    });
    this.run.syncErrors.upload.push(...errors);
    this.run.uploaded.push(...uploaded);
    return [...last.values()].filter((one) => this.#isAccepted(one)).length;
  }

  /** An error answer stores nothing; its record errors are told, or its own for each record (W-39). */
  noteErrors(answer) {
    const byRowId = new Map(readErrors(this.service, answer).map((one) => [one.rowId, one]));
    for (const [rowId, sent] of this.sent) {
      const { opstatus = opstatusOf(answer.opstatus), metadata = answer } = byRowId.get(rowId) ?? {};
      this.run.syncErrors.upload.push(this.#error(sent, opstatus, metadata.errmsg));
    }
  }

  // W-37: of each row the successful record with the highest rowId; what failed on the way is told.
  #bestOfEachRow(answered, errors) {
    const best = new Map();
    for (const one of [...answered.values()].sort((a, b) => a.rowId - b.rowId)) {
      const sent = this.sent.get(one.rowId);
      if (this.#isAccepted(one)) best.set(`${one.object.name} ${this.#keyNow(sent)}`, one);
      else if (one.hasFailed) errors.push(this.#error(sent, one.opstatus, one.metadata.errmsg));
      else errors.push(this.#keepPartial(one, sent));
      for (const text of messages(one.metadata.intermediateErrors)) errors.push(this.#error(sent, one.opstatus, text));
    }
    return best.values();
  }

  #isAccepted(one) { return !one.hasFailed && (this.#isGone(one) || !isPartial(one.object, one.record)); }

  #isGone({ metadata, rowId }) { return (metadata.action ?? this.sent.get(rowId).action) === 'delete'; }

  #settle(one) {
    const { object, record, metadata, rowId } = one;
    const key = this.#adoptKey(object, this.#keyNow(this.sent.get(rowId)), record);
    const { local } = this.database.row(object, key);
    const row = this.#isGone(one) ? null : keepUnsynced(object, valuesFrom(object, record), local);
    this.database.storeServerRow(object, key, row, String(metadata.checksum ?? ''));
    this.database.settle(object, key, (pending) => pending <= rowId);
    return { object, key };
  }

  // W-37: of a create the generated key is taken, so that the next request does not make a second row.
  #keepPartial({ object, record, rowId }, sent) {
    const entry = this.database.entry(this.service, rowId);
    if (sent.action === 'create' && entry) {
      this.#adoptKey(object, entry.key, record);
      this.database.saveEntry(this.service, { ...this.database.entry(this.service, rowId), action: 'update' });
    }
    return this.#error(sent, CODES.UPLOAD, 'the answer has a part of the record only');
  }

  #storeCarrier({ object, record, metadata, hasFailed, opstatus }, errors) {
    if (hasFailed) {
      errors.push(this.#error({ object, record }, opstatus, metadata.errmsg));
      return;
    }
    const values = isPartial(object, record) || !hasKey(object, record) ? undefined : valuesFrom(object, record);
    if (!values) return;
    const key = keyText(object, values);
    const row = keepUnsynced(object, values, this.database.row(object, key).local);
    this.database.storeServerRow(object, key, row, String(metadata.checksum ?? ''));
  }

  /** The key under which a sent record's row is filed now: an earlier answer may have replaced it. */
  #keyNow({ object, record, rowId }) {
    return this.database.entry(this.service, rowId)?.key ?? keyText(object, valuesFrom(object, record));
  }

  #adoptKey(object, key, record) {
    const given = valuesFrom(object, record);
    const row = this.database.row(object, key);
    const known = row.local ?? row.server ?? this.database.entriesOf(object, row).at(-1)?.values;
    if (!known) return keyText(object, given);
    const changes = Object.create(null);
    for (const field of object.keyFields)
      if (!equal(field, known[field.name], given[field.name])) changes[field.name] = given[field.name];
    return Object.keys(changes).length === 0 ? key : this.database.rekey(object, key, changes);
  }

  #error({ object, record }, opstatus, errmsg) {
    const values = valuesFrom(object, record) ?? record;
    const primaryKeys = Object.create(null);
    for (const field of object.keyFields)
      primaryKeys[field.name] = toApplication(field, values[field.name], this.run.settings.numericBooleans);
    return {
      objectService: this.service.name, object: object.name, primaryKeys,
      opstatus: Number.isNaN(opstatus) ? CODES.UPLOAD : opstatus, errmsg: String(errmsg ?? 'the record was refused'),
    };
  }
}

function messages(errors) {
  if (errors === null || typeof errors !== 'object') return [];
  const textOf = (error) => (typeof error === 'string' ? error : error?.errmsg ?? JSON.stringify(error));
  return Object.values(errors).map(textOf);
}
