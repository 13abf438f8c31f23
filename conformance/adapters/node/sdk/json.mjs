// A strict JSON reader that loses no number, and the writer to go with it.
//
// JSON.parse rounds 9007199254740993 to ...992. Here a number that a double cannot hold stays text, as a
// NumberText, and is written as it came (W-14).
//
// Always true of what parse() gives: objects have no prototype, so that a member called "constructor" or
// "__proto__" is a member like any other; of repeated members the last counts (DNL-14).

import { exactNumber } from './decimal.mjs';

/** A number that a double cannot hold: its digits. */
export class NumberText {
  constructor(text) { this.text = text; }
  toString() { return this.text; }
  toJSON() { return this.text; }
}

const BLANKS = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = { t: ['true', true], f: ['false', false], n: ['null', null] };
const MAX_DEPTH = 512; // W-7: a client may refuse more

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  fail(what) { throw new SyntaxError(`${what} at ${this.at}`); }

  peek() {
    BLANKS.lastIndex = this.at;
    BLANKS.test(this.text);
    this.at = BLANKS.lastIndex;
    return this.text[this.at];
  }

  take(character) {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  expect(character) { if (!this.take(character)) this.fail(`"${character}" expected`); }

  value() {
    const first = this.peek();
    if (first === '{') return this.nested(() => this.object());
    if (first === '[') return this.nested(() => this.array());
    if (first === '"') return this.string();
    return first in WORDS ? this.word(...WORDS[first]) : this.number();
  }

  nested(read) {
    if (++this.depth > MAX_DEPTH) this.fail(`more than ${MAX_DEPTH} levels`);
    this.at += 1;
    const value = read();
    this.depth -= 1;
    return value;
  }

  object() {
    const members = Object.create(null);
    if (this.take('}')) return members;
    do {
      if (this.peek() !== '"') this.fail('a name expected');
      const name = this.string();
      this.expect(':');
      members[name] = this.value();
    } while (this.take(','));
    this.expect('}');
    return members;
  }

  array() {
    const items = [];
    if (this.take(']')) return items;
    do items.push(this.value()); while (this.take(','));
    this.expect(']');
    return items;
  }

  // JSON.parse knows escapes; only the closing quote is looked for here.
  string() {
    const start = this.at;
    let end = start;
    do end = this.text.indexOf('"', end + 1); while (end > 0 && this.isEscaped(end));
    if (end < 0) this.fail('a string without end');
    this.at = end + 1;
    return JSON.parse(this.text.slice(start, this.at));
  }

  isEscaped(quote) {
    let backslashes = 0;
    while (this.text[quote - 1 - backslashes] === '\\') backslashes += 1;
    return backslashes % 2 === 1;
  }

  number() {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (!match) this.fail('a value expected');
    this.at = NUMBER.lastIndex;
    return exactNumber(match[0]) ?? new NumberText(match[0]);
  }

  word(word, value) {
    if (!this.text.startsWith(word, this.at)) this.fail('a value expected');
    this.at += word.length;
    return value;
  }
}

/** The value of a JSON text; throws SyntaxError with the place of the fault. */
export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value();
  if (reader.peek() !== undefined) reader.fail('the end expected');
  return value;
}

/** JSON of a value; a NumberText as the number that it is, members that are undefined left out. */
export function print(value) {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(print).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${print(member)}`).join(',')}}`;
}

/** Whether `value` is an object with members, and not an array, null or a number's text. */
export function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof NumberText);
}

/** A copy of an application's value that later changes of it do not reach, with objects as parse() makes them. */
export function detach(value) {
  if (Array.isArray(value)) return value.map(detach);
  if (!isObject(value)) return value;
  const copy = Object.create(null);
  for (const [name, member] of Object.entries(value)) copy[name] = detach(member);
  return copy;
}

/** A changed copy of an object without prototype. */
export function changed(object, changes) {
  return Object.assign(Object.create(null), object, changes);
}
