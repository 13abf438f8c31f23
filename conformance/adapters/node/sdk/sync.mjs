// One sync of one service, or of one object of it: its state, its phases, what its callbacks get.
//
// Always true: a run reads and writes its own scope alone, so that services that sync at the same time do not mix
// (SEQ-06). What is edited after startSync was called waits for the next sync (UPL-10): `limit`.

import { download } from './download.mjs';
import { CODES, SyncError } from './errors.mjs';
import { upload } from './upload.mjs';

/** Counts and times for syncStats (CBK-07). */
class Stats {
  #started = Date.now();
  #batches = { upload: [], download: [] };

  /** A batch was stored: epoch milliseconds when it was `started` and `answered`, and its number of records. */
  note(direction, { started, answered, count }) {
    const batches = this.#batches[direction];
    batches.push({
      batchNumber: batches.length + 1, numberOfRecords: count, requestCreationTime: started,
      networkDurationTime: answered - started, dataPersistanceTime: Date.now() - answered,
    });
  }

  summary() {
    const total = (direction) => this.#batches[direction].reduce((sum, batch) => sum + batch.numberOfRecords, 0);
    return {
      startTime: this.#started, syncElapsedTime: Date.now() - this.#started,
      numberOfRecordsSynced: total('upload') + total('download'),
      totalUploadedRecords: total('upload'), totalDownloadedRecords: total('download'),
      uploadStats: this.#batches.upload, downloadStats: this.#batches.download,
    };
  }
}

export class SyncRun {
  attempted = new Set(); // rowIds that were sent
  uploaded = []; // { object, key } of rows whose edit was accepted
  syncErrors = { upload: [], download: [] };
  stats = new Stats();
  session = { token: undefined };

  /**
   * @param {import('./client.mjs').Client} client
   * @param {{service: object, object?: object}} scope
   * @param {object} options as readServiceOptions gives them
   * @param {Map<object, number>} limits the last rowId of each service when startSync was called
   */
  constructor(client, { service, object }, options, limits) {
    this.client = client;
    this.database = client.database;
    this.foundry = client.foundry;
    this.settings = client.settings;
    this.service = service;
    this.object = object;
    this.options = options;
    this.isNested = service.isHierarchical && !object; // HIE-01
    this.limit = limits.get(service);
  }

  /** Upload, then download (SEQ-05). Gives the success's payload, or throws the failure's. */
  async finish(token) {
    this.session.token = token;
    try {
      await upload(this);
      if (this.options.syncType !== 'uploadOnly') await download(this);
      return { status: 0, ...this.#name(), ...this.#syncStats(), ...this.#errors() };
    } catch (error) {
      if (error instanceof SyncError) Object.assign(error.userInfo, this.#name());
      throw Object.assign(error, { syncErrors: this.#errors().syncErrors });
    }
  }

  /** Where the calls of a scope go: the service, or one of its objects (W-3). */
  call(scope) {
    const address = this.client.address(this.service);
    const url = scope ? `${address.url}/objects/${encodeURIComponent(scope)}` : address.url;
    return { url, address, session: this.session };
  }

  // ---- which log entries go, and when ----

  isInSync(entry) {
    const isInScope = !this.object || entry.object === this.object.name;
    return isInScope && entry.rowId <= this.limit && !this.attempted.has(entry.rowId);
  }

  /** Whether an entry may go in a request with the entries `together`: it is marked, no earlier edit of its row waits
   *  or has failed, and no parent that it names by a temporary key is still to be made (W-33). */
  isReady(entry, together) {
    const { database, service } = this;
    const object = service.object(entry.object);
    const goes = (rowId) => together.some((other) => other.rowId === rowId);
    const earlier = database.row(object, entry.key).pending.filter((rowId) => rowId < entry.rowId);
    const parents = entry.action === 'delete' ? [] : this.#parentsToMake(object, entry);
    return entry.isMarked && earlier.every(goes) && parents.every(goes);
  }

  /** rowIds of the creates that have to reach the server before what refers to them by a generated key. */
  #parentsToMake(object, entry) {
    const isGenerated = ({ parent, parentFields }) => parentFields.some((name) => parent.field(name).auto_generated);
    const entriesOf = (edge) => this.database.parentsOf(edge, entry.values)
      .flatMap((parent) => this.database.entriesOf(edge.parent, parent));
    return object.parents.filter(isGenerated).flatMap(entriesOf)
      .filter(({ action }) => action === 'create').map(({ rowId }) => rowId);
  }

  /** A log entry as a record to send (records.mjs). */
  nodeOf(entry) {
    const object = this.service.object(entry.object);
    const { checksum } = this.database.row(object, entry.key);
    return { object, action: entry.action, values: entry.values, rowId: entry.rowId, checksum, children: [] };
  }

  // ---- payloads ----

  #name() {
    return { ...(this.object ? { name: this.object.name } : {}), objectServiceName: this.service.name };
  }

  #syncStats() {
    return this.options.getSyncStats ? { syncStats: { ...this.#name(), ...this.stats.summary() } } : {};
  }

  #errors() {
    const { upload: up, download: down } = this.syncErrors;
    return up.length + down.length > 0 ? { syncErrors: { upload: up, download: down } } : {};
  }
}

/** What a failure callback gets. */
export function failureOf(error) {
  return error.payload(error.syncErrors ? { syncErrors: error.syncErrors } : {});
}

/** The end of an application-level sync from its services' (CBK-01, CBK-02): [{ name, payload, error }]. */
export function endOfApplication(ends) {
  const successResponse = Object.create(null), failureResponse = Object.create(null);
  for (const { name, payload, error } of ends) {
    if (error) failureResponse[name] = failureOf(error);
    else successResponse[name] = payload;
  }
  const failed = Object.keys(failureResponse);
  if (failed.length === 0) return { successResponse };
  const error = new SyncError(CODES.SYNC, `the sync of ${failed.join(', ')} failed: see failureResponse`);
  throw Object.assign(error, { responses: { successResponse, failureResponse } });
}
