// JSON and numbers: nothing is rounded, nothing inherited, nothing guessed.

import assert from 'node:assert/strict';
import test from 'node:test';

import { canonical, exactNumber } from '../sdk/decimal.mjs';
import { detach, NumberText, parse, print } from '../sdk/json.mjs';

test('a number that a double cannot hold keeps its digits, through reading and writing', () => {
  const text = '{"id":9007199254740993,"rate":0.12345678901234567890,"small":1e-999}';
  assert.ok(parse(text).id instanceof NumberText);
  assert.equal(print(parse(text)), text);
});

test('a number that a double can hold is a number', () => {
  assert.deepEqual(parse('[1, 1.50, -0.1, 9007199254740992, 1e3, 1.7976931348623157e308]'),
    [1, 1.5, -0.1, 9007199254740992, 1000, 1.7976931348623157e308]);
});

test('spellings of one decimal number have one canonical form', () => {
  for (const spellings of [['5', '5.0', '5e0', '50e-1', '0.5e1'], ['0', '-0', '0.00', '0e7'], ['-1200', '-1.2e3']])
    assert.equal(new Set(spellings.map(canonical)).size, 1, spellings.join());
  assert.notEqual(canonical('9007199254740993'), canonical('9007199254740992'));
  assert.equal(exactNumber('1e999'), undefined);
});

test('members are members, whatever they are called, and the last of a repeated one counts', () => {
  const value = parse('{"__proto__":{"a":1},"constructor":2,"a":1,"a":3}');
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor', 'a']);
  assert.equal(value.a, 3);
  assert.equal(parse('{}').toString, undefined);
});

test('text keeps every character', () => {
  for (const text of ['', '"', '\\', 'é😀\u2028\u0000', '\\"', 'a\\\\"b'])
    assert.equal(parse(print(text)), text);
});

test('what is no JSON is refused with its place', () => {
  for (const text of ['', '{', '[1,]', '{"a":1,}', '{a:1}', '01', '1.', '+1', 'nul', '"a', '"\n"', '"\\x"', '[1] 2', 'NaN'])
    assert.throws(() => parse(text), SyntaxError, text);
  assert.throws(() => parse('[1 2]'), /at 3/);
});

test('512 levels are read, 513 refused', () => {
  assert.ok(parse('['.repeat(512) + ']'.repeat(512)));
  assert.throws(() => parse('['.repeat(513) + ']'.repeat(513)), /levels/);
});

test('a detached value does not follow its original', () => {
  const original = { list: [{ a: 1 }] };
  const copy = detach(original);
  original.list[0].a = 2;
  assert.equal(copy.list[0].a, 1);
});
