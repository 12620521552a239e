const text = { type: 'string' };

/** The kinds of the suite's own group: one for structure, one for rules, one that keeps everything. */
export const schemas: Readonly<Record<string, { readonly schema: object; readonly [more: string]: object }>> = {
  Widget: {
    subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' } },
    additionalPrinterColumns: [
      { name: 'Color', type: 'string', jsonPath: '.spec.color' },
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          properties: {
            size: { type: 'integer', minimum: 1, maximum: 10, default: 3 },
            color: { type: 'string', enum: ['red', 'green', 'blue'], default: 'red' },
            code: { type: 'string', pattern: '^[a-z]+$', minLength: 2, maxLength: 8 },
            ratio: { type: 'number', minimum: 0, maximum: 1 },
            enabled: { type: 'boolean' },
            port: { 'x-kubernetes-int-or-string': true },
            when: { type: 'string', format: 'date-time' },
            note: { type: 'string', nullable: true },
            plain: text,
            tags: { type: 'array', 'x-kubernetes-list-type': 'set', maxItems: 3, items: text },
            parts: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
              items: {
                type: 'object',
                required: ['name'],
                properties: { name: text, count: { type: 'integer', default: 1 }, note: text },
              },
            },
            steps: {
              type: 'array',
              minItems: 1,
              items: { type: 'object', properties: { run: text, retries: { type: 'integer', default: 2 } } },
            },
            labels: { type: 'object', maxProperties: 3, additionalProperties: { type: 'string', maxLength: 5 } },
            limits: {
              type: 'object',
              additionalProperties: {
                type: 'object',
                properties: { soft: { type: 'integer', default: 1 }, hard: { type: 'integer' } },
              },
            },
            free: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              properties: { known: { type: 'integer' } },
            },
            frozen: { type: 'object', 'x-kubernetes-map-type': 'atomic', additionalProperties: text },
            nested: {
              type: 'object',
              default: {},
              properties: {
                deep: { type: 'object', default: {}, properties: { level: { type: 'string', default: 'low' } } },
                plain: text,
              },
            },
            pair: { type: 'object', required: ['left', 'right'], properties: { left: text, right: text } },
          },
        },
        status: {
          type: 'object',
          properties: {
            ready: { type: 'integer' },
            phase: { type: 'string', enum: ['Up', 'Down'] },
            conditions: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['type'],
              items: {
                type: 'object',
                required: ['type', 'status'],
                properties: { type: text, status: text, reason: text },
              },
            },
          },
        },
      },
    },
  },
  Rule: {
    schema: {
      type: 'object',
      required: ['spec'],
      properties: {
        spec: {
          type: 'object',
          properties: {
            low: { type: 'integer' },
            high: { type: 'integer' },
            fixed: {
              type: 'string',
              maxLength: 20,
              'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed cannot be changed' }],
            },
            word: {
              type: 'string',
              maxLength: 20,
              'x-kubernetes-validations': [
                { rule: "self.matches('^[a-z]+$')", message: 'word has small letters only' },
                { rule: 'self.size() <= 5' },
              ],
            },
            memory: {
              type: 'string',
              maxLength: 20,
              'x-kubernetes-validations': [
                {
                  rule: "isQuantity(self) && quantity(self).compareTo(quantity('1Gi')) <= 0",
                  message: 'memory must be at most 1Gi',
                },
              ],
            },
            names: {
              type: 'array',
              maxItems: 5,
              items: { type: 'string', maxLength: 10 },
              'x-kubernetes-validations': [{ rule: "self.all(name, name != 'root')", message: 'root is taken' }],
            },
            entries: {
              type: 'object',
              maxProperties: 5,
              additionalProperties: { type: 'string', maxLength: 10 },
              'x-kubernetes-validations': [{ rule: "self.all(key, key != 'bad')", message: 'no key may be bad' }],
            },
          },
          'x-kubernetes-validations': [
            { rule: '!has(self.low) || !has(self.high) || self.low <= self.high', message: 'low must be at most high' },
            { rule: '!has(oldSelf.low) || has(self.low)', message: 'low cannot be taken away' },
          ],
        },
        status: {
          type: 'object',
          properties: {
            count: {
              type: 'integer',
              'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'count only grows' }],
            },
          },
        },
      },
    },
  },
  Thing: {
    schema: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    subresources: {},
  },
};
