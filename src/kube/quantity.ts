const decimal: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * The value of a Kubernetes quantity (`10Gi`, `500m`, `1e3`) in its base unit; undefined when it is none. Exactly the same
 * for each way to write it (`0.7` and `700m`): the exponent is read as part of the number, not multiplied in.
 */
export function quantityValue(text: unknown): number | undefined {
  if (typeof text === 'number') return text;
  if (typeof text !== 'string') return undefined;
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text);
  if (match === null) return undefined;
  const [, digits, exponent, suffix = ''] = match;
  const number = Number(`${digits}e${exponent ?? decimal[suffix] ?? 0}`) * 2 ** (binary[suffix] ?? 0);
  return Number.isNaN(number) ? undefined : number;
}
