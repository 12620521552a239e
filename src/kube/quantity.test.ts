import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantityValue } from './quantity.ts';

describe('quantityValue', () => {
  it.each([
    { text: '0', value: 0 },
    { text: '10', value: 10 },
    { text: '-5', value: -5 },
    { text: '+5', value: 5 },
    { text: '.5', value: 0.5 },
    { text: '5.', value: 5 },
    { text: '1.5', value: 1.5 },
    { text: '500m', value: 0.5 },
    { text: '250u', value: 0.00025 },
    { text: '3n', value: 3e-9 },
    { text: '2k', value: 2000 },
    { text: '10Gi', value: 10 * 2 ** 30 },
    { text: '1.5Gi', value: 1.5 * 2 ** 30 },
    { text: '2Pi', value: 2 ** 51 },
    { text: '1E', value: 1e18 },
    { text: '1e3', value: 1000 },
    { text: '1E-3', value: 0.001 },
    { text: 7, value: 7 },
  ])('of $text is $value', ({ text, value }) => {
    expect(quantityValue(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '1 Gi',
    '10gi',
    'Gi',
    '1.2.3',
    '.',
    'e3',
    '1ee3',
    '0x10',
    'NaN',
    'Infinity',
    '1Kb',
    null,
    undefined,
    {},
    true,
  ])('of %j is none', (text) => {
    expect(quantityValue(text)).toBeUndefined();
  });

  it('is the same for each way to write it, whatever the API server makes of it', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (thousandths) => {
        const plain = (thousandths / 1000).toFixed(3);
        for (const text of [plain, `${thousandths}m`, `${thousandths}000u`, `${thousandths}e-3`, `${Number(plain)}`]) {
          expect([text, quantityValue(text)]).toEqual([text, quantityValue(plain)]);
        }
        expect(quantityValue(`${plain}k`)).toBe(quantityValue(String(thousandths)));
        expect(quantityValue(`${plain}M`)).toBe(quantityValue(`${thousandths}k`));
      }),
      { numRuns: 2000 },
    );
  });

  it('grows with the number', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom('', 'm', 'k', 'Mi', 'Gi', 'Ti'), (number, suffix) => {
        const [less, more] = [quantityValue(`${number}${suffix}`), quantityValue(`${number + 1}${suffix}`)];
        expect(less).toBeLessThan(more ?? 0);
      }),
    );
  });
});
