// Decimal numbers as text, compared without floating point (W-14: 5 = 5.0 = "5").
//
// Always true: nothing here rounds. A canonical form is never longer than its text, whatever the exponent.

const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Whether `text` is a number in JSON's grammar. */
export function isNumber(text) {
  return NUMBER.test(text);
}

/** One text for all spellings of a decimal number: sign, digits without outer zeros, exponent. */
export function canonical(text) {
  const [, sign, whole, fraction = '', exponent = '0'] = NUMBER.exec(text);
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const shift = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${shift}`;
}

/** The JavaScript number that is exactly `text`, or undefined when a double cannot hold it. */
export function exactNumber(text) {
  const value = Number(text);
  if (text.length <= 15 && !/e/i.test(text)) return value; // 15 digits survive a double
  return Number.isFinite(value) && canonical(String(value).replace('e+', 'e')) === canonical(text) ? value : undefined;
}
