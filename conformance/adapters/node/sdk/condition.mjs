// whereConditionAsAString: an SQL condition over the columns of an object, read once and asked of each row (C-3).
//
//   or    = and { OR and }            test  = value [ op value | IS [NOT] NULL | [NOT] LIKE value | [NOT] IN (list)
//   and   = not { AND not }                           | [NOT] BETWEEN value AND value ]
//   not   = NOT not | test            value = column | 'text' | number | NULL | TRUE | FALSE | ( or )
//
// Always true: what is not exactly one such expression is refused with 2304 before any row is looked at; a comparison
// with null is neither true nor false (null), as in SQL.

import { CODES, fail } from './errors.mjs';

const TEXT = "'(?:[^']|'')*'", NUMBER = '-?\\d+(?:\\.\\d+)?';
const NAME = '"(?:[^"]|"")*"|[\\p{L}_][\\p{L}\\p{N}_]*', SIGN = '<=|>=|<>|!=|==|[=<>(),]';
const TOKEN = new RegExp(`\\s*(?:(${TEXT})|(${NUMBER})|(${NAME})|(${SIGN}))`, 'uy');
const COMPARISONS = {
  '=': (order) => order === 0, '==': (order) => order === 0, '<>': (order) => order !== 0, '!=': (order) => order !== 0,
  '<': (order) => order < 0, '<=': (order) => order <= 0, '>': (order) => order > 0, '>=': (order) => order >= 0,
};
const LITERALS = { NULL: null, TRUE: 1, FALSE: 0 };

const known = (...values) => !values.includes(null);
const isNumeric = (value) => typeof value === 'number' || (value !== '' && Number.isFinite(Number(value)));
function order(one, other) {
  if (isNumeric(one) && isNumeric(other)) return Number(one) - Number(other);
  return String(one) === String(other) ? 0 : String(one) < String(other) ? -1 : 1;
}
function like(text, pattern) {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${literal.replace(/%/g, '.*').replace(/_/g, '.')}$`, 'isu').test(text);
}

class Parser {
  constructor(object, text) {
    this.object = object;
    this.tokens = tokenize(text);
  }

  word() { return this.tokens[0]?.quoted ? undefined : this.tokens[0]?.text.toUpperCase(); }
  take(...words) {
    if (!words.includes(this.word())) return undefined;
    return this.tokens.shift().text.toUpperCase();
  }
  expect(word) { if (!this.take(word)) refuse(`${word} expected`); }

  or() {
    let left = this.and();
    while (this.take('OR')) { const one = left, other = this.and(); left = (row) => either(one(row), other(row)); }
    return left;
  }

  and() {
    let left = this.not();
    while (this.take('AND')) { const one = left, other = this.not(); left = (row) => both(one(row), other(row)); }
    return left;
  }

  not() {
    if (!this.take('NOT')) return this.test();
    return negate(this.not());
  }

  test() {
    const value = this.value();
    const comparison = this.take(...Object.keys(COMPARISONS));
    if (comparison) return compare(value, this.value(), COMPARISONS[comparison]);
    if (this.take('IS')) {
      const isNegated = this.take('NOT');
      this.expect('NULL');
      return (row) => (value(row) === null) !== Boolean(isNegated);
    }
    const isNegated = this.take('NOT');
    const test = this.list(value) ?? (isNegated ? refuse('LIKE, IN or BETWEEN expected') : value);
    return isNegated ? negate(test) : test;
  }

  list(value) {
    if (this.take('LIKE')) {
      const pattern = this.value();
      return (row) => (known(value(row), pattern(row)) ? like(String(value(row)), String(pattern(row))) : null);
    }
    if (this.take('BETWEEN')) {
      const low = this.value();
      this.expect('AND');
      const above = compare(value, low, COMPARISONS['>=']), below = compare(value, this.value(), COMPARISONS['<=']);
      return (row) => both(above(row), below(row));
    }
    if (!this.take('IN')) return undefined;
    this.expect('(');
    const tests = [];
    do tests.push(compare(value, this.value(), COMPARISONS['='])); while (this.take(','));
    this.expect(')');
    return (row) => tests.map((test) => test(row)).reduce(either);
  }

  value() {
    if (this.take('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    const token = this.tokens.shift() ?? refuse('a value expected');
    if (token.literal !== undefined) return () => token.literal;
    const upper = token.text.toUpperCase();
    if (!token.quoted && upper in LITERALS) return () => LITERALS[upper];
    const field = this.object.field(token.text) ?? refuse(`${this.object.name} has no column ${token.text}`);
    return (row) => (typeof row[field.name] === 'boolean' ? Number(row[field.name]) : row[field.name] ?? null);
  }
}

const compare = (left, right, test) => (row) =>
  (known(left(row), right(row)) ? test(order(left(row), right(row))) : null);
const negated = (value) => (value === null ? null : !value);
const negate = (test) => (row) => negated(test(row));
const both = (one, other) => negated(either(negated(one), negated(other)));
const either = (one, other) => (one || other ? true : known(one, other) ? false : null);

function refuse(what) { fail(CODES.LOCAL_OPTIONS, `whereConditionAsAString: ${what}`); }

function tokenize(text) {
  if (typeof text !== 'string' || text.trim() === '') refuse('a condition expected');
  const tokens = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.trimEnd().length;) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text) ?? refuse(`not understood from "${text.slice(at, at + 20)}"`);
    const [, string, number, name, sign] = match;
    if (string) tokens.push({ text: string, quoted: true, literal: string.slice(1, -1).replaceAll("''", "'") });
    else if (number) tokens.push({ text: number, quoted: true, literal: Number(number) });
    else if (name?.startsWith('"')) tokens.push({ text: name.slice(1, -1).replaceAll('""', '"'), quoted: true });
    else tokens.push({ text: name ?? sign });
  }
  return tokens;
}

/** A function that says whether a row's values fulfil the condition. Throws 2304. */
export function parseCondition(object, text) {
  const parser = new Parser(object, text);
  const condition = parser.or();
  if (parser.tokens.length > 0) refuse(`the end expected at "${parser.tokens[0].text}"`);
  return (values) => Boolean(condition(values));
}
