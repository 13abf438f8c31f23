// The store: what was committed is there, whatever happens; what was not is not.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { Store } from '../sdk/store.mjs';
import { folder } from './helpers.mjs';

const fileIn = (place) => path.join(place, 'offline-objects.log');

function write(place, ...values) {
  const store = new Store(place);
  for (const value of values) store.commit(() => store.set('t', 'key', value));
  store.close();
}

function read(place) {
  const store = new Store(place);
  const value = store.get('t', 'key');
  store.close();
  return value;
}

test('what was committed is there after opening again; fresh finds nothing', (t) => {
  const place = folder(t);
  write(place, 'one', 'two\n\u2028é');
  assert.equal(read(place), 'two\n\u2028é');
  new Store(place, { fresh: true }).close();
  assert.equal(read(place), undefined);
});

test('a commit that throws changes nothing, in memory and on disk', (t) => {
  const place = folder(t);
  const store = new Store(place);
  store.commit(() => { store.set('t', 'a', 1); store.set('t', 'b', 1); });
  const size = fs.statSync(fileIn(place)).size;
  assert.throws(() => store.commit(() => {
    store.set('t', 'a', 2);
    store.set('t', 'a', 3);
    store.remove('t', 'b');
    store.commit(() => store.set('t', 'c', 2)); // part of the outer one
    throw new Error('no');
  }), /no/);
  assert.deepEqual([store.get('t', 'a'), store.get('t', 'b'), store.get('t', 'c')], [1, 1, undefined]);
  assert.equal(fs.statSync(fileIn(place)).size, size);
  store.close();
});

test('a file that ends anywhere within its last line holds all commits before it', (t) => {
  const place = folder(t);
  write(place, 'first');
  const first = fs.statSync(fileIn(place)).size;
  write(place, 'second');
  const bytes = fs.readFileSync(fileIn(place));
  for (let size = first; size < bytes.length; size += 1) {
    fs.writeFileSync(fileIn(place), bytes.subarray(0, size));
    assert.equal(read(place), 'first', `cut after ${size} bytes`);
    assert.equal(fs.statSync(fileIn(place)).size, first);
  }
});

test('a line that is damaged in the middle is told, and nothing is thrown away', (t) => {
  const place = folder(t);
  write(place, 'first', 'second');
  const bytes = fs.readFileSync(fileIn(place));
  bytes[20] ^= 1;
  fs.writeFileSync(fileIn(place), bytes);
  assert.throws(() => new Store(place), { code: 2006, message: /damaged at byte 0/ });
  assert.deepEqual(fs.readFileSync(fileIn(place)), bytes);
});

test('a folder that cannot be made is told', (t) => {
  const file = path.join(folder(t), 'file');
  fs.writeFileSync(file, '');
  assert.throws(() => new Store(path.join(file, 'folder')), { code: 2006 });
});

test('a long history is written anew, and nothing is lost by it', (t) => {
  const place = folder(t);
  const long = 'x'.repeat(100_000);
  write(place, ...Array.from({ length: 40 }, (_, i) => `${long}${i}`));
  assert.ok(fs.statSync(fileIn(place)).size < 2_000_000);
  assert.equal(read(place), `${long}39`);
});

test('a closed store refuses to commit', (t) => {
  const store = new Store(folder(t));
  store.close();
  assert.throws(() => store.commit(() => {}), { code: 2000 });
});
