// The port as an application uses it: one client over one storage folder.
//
//   const client = new Client({ storage, document, identity, timeoutMs });
//   await client.setup({});
//   const employee = client.local.create('Employee', { Name: 'Ada' });
//   client.startSync({ syncMode: 'parallel' }, (response) => …, (error) => …);
//   client.close();
//
// Always true: startSync returns before any of its callbacks is called, and calls exactly one of them, once, unless the
// client is closed first (API-03, API-11). No two syncs that run touch the same object (API-06, API-13).

import { Database } from './database.mjs';
import { asSyncError, CODES, fail } from './errors.mjs';
import { Foundry } from './foundry.mjs';
import { detach } from './json.mjs';
import { LocalCalls } from './local.mjs';
import { readApplicationOptions, readServiceOptions } from './options.mjs';
import * as schemas from './setup.mjs';
import { Store } from './store.mjs';
import { endOfApplication, failureOf, SyncRun } from './sync.mjs';

export class Client {
  settings = { numericBooleans: true };
  network = { online: true };
  #schema; // there after a setup
  #isChangingSchema = false;
  #isClosed = false;
  #store;

  /**
   * @param {object} config
   * @param {string} config.storage a folder; the same one finds the same data
   * @param {boolean} [config.fresh] nothing may be found there
   * @param {object} config.document the service document of the app
   * @param {{token: () => any, renew: () => any}} config.identity gives the claims token, and a new one after HTTP 401
   * @param {number} config.timeoutMs network time-out
   */
  constructor({ storage, fresh, document, identity, timeoutMs }) {
    this.#store = new Store(storage, { fresh });
    this.database = new Database(this.#store);
    this.addresses = schemas.readDocument(document);
    this.foundry = new Foundry(identity, timeoutMs, this.network);
    this.local = new LocalCalls({
      database: this.database, settings: this.settings, schema: () => this.#known(),
      refuseWhileSyncing: (objects) => this.#refuseWhileSyncing(objects),
    });
  }

  /** End what runs; no callback comes any more. */
  close() {
    this.#isClosed = true;
    this.foundry.close();
    this.#store.close();
  }

  address(service) {
    return this.addresses.get(service.name)
      ?? fail(CODES.UNKNOWN_SERVICE, `${service.name} is not in the service document`);
  }

  // ---- schema ----

  async setup(options) {
    this.settings.numericBooleans = options?.treatBooleanFieldValuesAsNumeric !== false; // W-13
    return this.#changeSchema(schemas.setup);
  }

  async incrementalSetup() { this.#known(); return this.#changeSchema(schemas.incrementalSetup); }

  async reset() { this.#known(); return this.#changeSchema(schemas.reset); }

  async drop() { return this.#changeSchema(schemas.drop); }

  async #changeSchema(change) {
    if (this.#isChangingSchema || this.database.running.size > 0) fail(CODES.BUSY, 'a sync, setup, reset or drop runs');
    this.#isChangingSchema = true;
    try {
      this.#schema = await change(this);
      return { status: 0 };
    } finally {
      this.#isChangingSchema = false;
    }
  }

  #known() { return this.#schema ?? fail(CODES.NOT_SET_UP, 'setup is not done'); }

  // ---- syncs ----

  /** Sync every service. A missing callback is refused by an exception (API-10); progress there is none (PRG-04). */
  startSync(options, onSuccess, onFailure) {
    this.#start(() => this.#syncApplication(detach(options)), onSuccess, onFailure);
  }

  startServiceSync(name, options, onSuccess, onFailure) {
    this.#start(() => this.#syncScope({ service: this.#known().service(name) }, detach(options)), onSuccess, onFailure);
  }

  startObjectSync(name, options, onSuccess, onFailure) {
    const scope = () => { const object = this.#known().object(name); return { service: object.service, object }; };
    this.#start(() => this.#syncScope(scope(), detach(options)), onSuccess, onFailure);
  }

  #start(sync, onSuccess, onFailure) {
    if (typeof onSuccess !== 'function' || typeof onFailure !== 'function')
      fail(CODES.APP_OPTIONS, 'startSync needs a success callback and a failure callback');
    const end = (callback, payload) => setImmediate(() => { if (!this.#isClosed) callback(payload); });
    (async () => sync())().then((payload) => end(onSuccess, payload), (error) => {
      const failure = asSyncError(error);
      end(onFailure, { ...failureOf(failure), ...failure.responses });
    });
  }

  async #syncApplication(options) {
    const schema = this.#known();
    const plan = readApplicationOptions(options, schema);
    return this.#claim(schema.objects, async (limits) => {
      const starts = schema.services.map((service) => this.#prepare(service, plan.of(service.name), limits));
      const token = await this.foundry.signIn();
      return endOfApplication(await (plan.isSequential ? oneByOne : together)(starts, token));
    });
  }

  /** A function that syncs one service of an application-level sync and gives its end: its failure is no one else's. */
  #prepare(service, options, limits) {
    const { name } = service;
    try {
      const run = new SyncRun(this, { service }, readServiceOptions(options, { service }), limits);
      return (token) => run.finish(token)
        .then((payload) => ({ name, payload }), (error) => ({ name, error: asSyncError(error) }));
    } catch (error) {
      const failure = asSyncError(error);
      failure.userInfo.objectServiceName = name;
      return async () => ({ name, error: failure });
    }
  }

  async #syncScope(scope, options) {
    const read = readServiceOptions(options, scope);
    return this.#claim(scope.object ? [scope.object] : scope.service.objects, async (limits) => {
      const run = new SyncRun(this, scope, read, limits);
      return run.finish(await this.foundry.signIn());
    });
  }

  /** Do `work` while these objects are no other sync's. It gets the last rowId of each service as it is now. */
  async #claim(objects, work) {
    if (this.#isChangingSchema) fail(CODES.BUSY, 'a setup, reset or drop runs');
    if (this.#isClaimed(objects)) fail(CODES.RUNNING, 'a sync of this scope runs');
    const limits = new Map(objects.map(({ service }) => [service, this.database.lastRowId(service)]));
    const claim = { objects, limits };
    this.database.running.add(claim);
    try {
      return await work(limits);
    } finally {
      this.database.running.delete(claim);
    }
  }

  #isClaimed(objects) {
    return [...this.database.running].some((claim) => claim.objects.some((object) => objects.includes(object)));
  }

  #refuseWhileSyncing(objects) {
    if (this.#isChangingSchema || this.#isClaimed(objects))
      fail(CODES.BUSY, 'a sync, setup, reset or drop of this scope runs');
  }
}

async function oneByOne(starts, token) {
  const ends = [];
  for (const start of starts) ends.push(await start(token));
  return ends;
}

function together(starts, token) { return Promise.all(starts.map((start) => start(token))); }
