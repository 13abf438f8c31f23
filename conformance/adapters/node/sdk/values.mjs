// Column values by datatype: what comes in, what goes out, what is equal (W-13 to W-16).
//
// Always true of a stored value: it is null, or
//   number  a JavaScript number, or the digits as text where a double would round (C-5: or text from the server that is
//           no number at all, as it came)
//   boolean true or false
//   string, date  text, letter for letter

import { canonical, exactNumber, isNumber } from './decimal.mjs';
import { CODES, fail } from './errors.mjs';
import { NumberText } from './json.mjs';

const BOOLEANS = new Map([[true, true], [1, true], ['true', true], ['1', true],
  [false, false], [0, false], ['false', false], ['0', false]]);

const numberFrom = (text) => (isNumber(text) ? exactNumber(text) ?? text : text);

const FROM_SERVER = {
  number: (value) => (typeof value === 'number' ? value : numberFrom(String(value))),
  boolean: (value) => BOOLEANS.get(value) ?? String(value),
  string: String,
  date: String,
  binary: String,
};

/** A server's value as it is stored; undefined when it has no form in a column. */
export function fromServer(field, value) {
  if (value === null) return null;
  if (typeof value === 'object' && !(value instanceof NumberText)) return undefined;
  return FROM_SERVER[field.datatype](value);
}

const isNumeric = (value) => Number.isFinite(value) || (typeof value === 'string' && isNumber(value));
const FITS = {
  number: isNumeric,
  boolean: (value) => BOOLEANS.has(value),
  string: (value, field) => typeof value === 'string' && !(field.length > 0 && [...value].length > field.length),
  date: (value) => typeof value === 'string',
  binary: (value) => typeof value === 'string',
};

/** An application's value as it is stored; throws 2311 when type or length do not fit. */
export function fromApplication(field, value) {
  if (value === null || value === undefined) return null;
  if (!FITS[field.datatype](value, field))
    fail(CODES.TYPE_OR_LENGTH, `the value of ${field.name} is no ${field.datatype}, or too long`);
  return FROM_SERVER[field.datatype](value);
}

/** A stored value as an upload carries it: numbers as JSON numbers, booleans as 1 and 0 or as they are (W-13, W-14). */
export function toServer(field, value, numericBooleans) {
  if (field.datatype === 'number' && typeof value === 'string' && isNumber(value)) return new NumberText(value);
  return toApplication(field, value, numericBooleans);
}

/** A stored value as an application reads it. */
export function toApplication(field, value, numericBooleans) {
  return typeof value === 'boolean' && numericBooleans ? Number(value) : value ?? null;
}

function canonicalText(field, value) {
  const text = field.datatype === 'boolean' ? String(BOOLEANS.get(value) ?? value) : String(value);
  const number = text.replace('e+', 'e');
  return field.datatype === 'number' && isNumber(number) ? canonical(number) : text;
}

/** Whether two stored values of a column are one. */
export function equal(field, one, other) {
  if (one === null || other === null) return one === other;
  return canonicalText(field, one) === canonicalText(field, other);
}

/** The text by which a row is filed: its key columns, each in the one spelling of its value. */
export function keyText(object, values) {
  return JSON.stringify(object.keyFields.map((field) => canonicalText(field, values[field.name])));
}
