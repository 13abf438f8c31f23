// Tables of values in one append-only file: the port's database.
//
// Always true:
// 1. When commit() returns, its changes are on disk; when it throws, nothing has changed, in memory or on disk.
// 2. The file is a sequence of lines "<digest> <JSON of one commit's changes>\n". A process that dies while it writes
//    leaves at most one line that is cut short, the last one: it was never acknowledged, and opening removes it.
// 3. Stored values are never changed in place: a change is a new value.
// One process at a time may have a folder open.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { CODES, SyncError } from './errors.mjs';
import { parse, print } from './json.mjs';

const FILE = 'offline-objects.log';
const ROOM = 1 << 20; // bytes of history that are not worth a new file

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const lineOf = (changes) => {
  const text = print(changes.map(({ table, key, value }) => [table, key, ...(value === undefined ? [] : [value])]));
  return `${digest(text)} ${text}\n`;
};

export class Store {
  #tables = new Map();
  #changes = null; // of the commit that runs
  #path;
  #file;
  #size = 0;
  #rewriteAt = ROOM;

  /** Open the store in `folder`, making it if it is not there. Throws 2006. */
  constructor(folder, { fresh = false } = {}) {
    this.#path = path.join(folder, FILE);
    try {
      fs.mkdirSync(folder, { recursive: true });
      if (fresh) fs.rmSync(this.#path, { force: true });
      this.#file = fs.openSync(this.#path, fs.constants.O_RDWR | fs.constants.O_CREAT);
      this.#read();
      syncFolder(folder);
    } catch (error) {
      this.close();
      throw new SyncError(CODES.DATABASE_OPEN, `${this.#path}: ${error.message}`);
    }
  }

  close() {
    if (this.#file !== undefined) fs.closeSync(this.#file);
    this.#file = undefined;
  }

  get(table, key) { return this.#tables.get(table)?.get(key); }

  /** All values of a table, as a list that later changes do not touch. */
  all(table) { return [...(this.#tables.get(table)?.values() ?? [])]; }

  /** The same with keys: [key, value]. */
  entries(table) { return [...(this.#tables.get(table)?.entries() ?? [])]; }

  /** File `value` under `key`; undefined removes it. Only inside commit(). */
  set(table, key, value) {
    this.#changes.push({ table, key, value, before: this.get(table, key) });
    this.#apply(table, key, value);
  }

  remove(table, key) { this.set(table, key, undefined); }

  clear(table) { for (const [key] of this.entries(table)) this.remove(table, key); }

  /** Run `change`, whose set() calls happen all or not at all; gives its result. A commit inside one is part of it. */
  commit(change) {
    if (this.#changes) return change();
    if (this.#file === undefined) throw new SyncError(CODES.DATABASE, `${this.#path} is closed`);
    this.#changes = [];
    try {
      const result = change();
      if (this.#changes.length > 0) this.#append(lineOf(this.#changes));
      return result;
    } catch (error) {
      for (const { table, key, before } of this.#changes.reverse()) this.#apply(table, key, before);
      throw error;
    } finally {
      this.#changes = null;
    }
  }

  #apply(table, key, value) {
    if (!this.#tables.has(table)) this.#tables.set(table, new Map());
    if (value === undefined) this.#tables.get(table).delete(key);
    else this.#tables.get(table).set(key, value);
  }

  #append(line) {
    const bytes = Buffer.from(line);
    try {
      writeAll(this.#file, bytes, this.#size);
      fs.fdatasyncSync(this.#file);
    } catch (error) {
      fs.ftruncateSync(this.#file, this.#size);
      throw new SyncError(CODES.DATABASE, `${this.#path}: ${error.message}`);
    }
    this.#size += bytes.length;
    if (this.#size > this.#rewriteAt) this.#tryRewrite();
  }

  // A file that stays long is no harm: the commit that brought us here is on disk already.
  #tryRewrite() {
    try { this.#rewrite(); } catch { this.#rewriteAt = 2 * this.#size; }
  }

  #read() {
    const text = fs.readFileSync(this.#file, 'utf8');
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at);
      const line = end < 0 ? '' : text.slice(at, end);
      if (line[16] !== ' ' || digest(line.slice(17)) !== line.slice(0, 16)) {
        if (end >= 0 && end < text.length - 1) throw new Error(`damaged at byte ${this.#size}`);
        break; // the last line, cut short
      }
      for (const [table, key, value] of parse(line.slice(17))) this.#apply(table, key, value);
      this.#size += Buffer.byteLength(line) + 1;
      at = end + 1;
    }
    fs.ftruncateSync(this.#file, this.#size);
  }

  // What is there now, as one commit in a file of its own, which takes the old one's place at once or not at all.
  #rewrite() {
    const changes = [...this.#tables.keys()].flatMap((table) =>
      this.entries(table).map(([key, value]) => ({ table, key, value })));
    const bytes = Buffer.from(lineOf(changes));
    this.#rewriteAt = 2 * bytes.length + ROOM;
    if (this.#size <= this.#rewriteAt) return;
    const file = fs.openSync(`${this.#path}.new`, 'w+');
    writeAll(file, bytes, 0);
    fs.fsyncSync(file);
    fs.renameSync(`${this.#path}.new`, this.#path);
    syncFolder(path.dirname(this.#path));
    fs.closeSync(this.#file);
    this.#file = file;
    this.#size = bytes.length;
  }
}

function writeAll(file, bytes, position) {
  let done = 0;
  while (done < bytes.length) done += fs.writeSync(file, bytes, done, bytes.length - done, position + done);
}

// A new name in a folder is on disk when the folder is.
function syncFolder(folder) {
  const file = fs.openSync(folder, 'r');
  fs.fsyncSync(file);
  fs.closeSync(file);
}
