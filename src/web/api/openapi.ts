import { z } from 'zod';
import type { Route } from './routes.ts';

/** The API as OpenAPI 3.1, made of the routes themselves. */
export function openApi(prefix: string, routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, about, query, body, answers } of routes) {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const { properties = {} } =
      query === undefined ? {} : (schemaOf(query, 'input') as { properties?: Record<string, object> });
    const content: Record<string, object> = isMediaTypes(answers)
      ? Object.fromEntries(answers.map((type) => [type, {}]))
      : { 'application/json': { schema: schemaOf(answers, 'output') } };
    paths[prefix + path] = {
      ...paths[prefix + path],
      [method]: {
        summary: about,
        parameters: [
          ...names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
          ...Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema })),
        ],
        ...(body === undefined
          ? {}
          : { requestBody: { content: { 'application/json': { schema: schemaOf(body, 'input') } } } }),
        responses: {
          200: { description: about, content },
          default: { description: 'What is wrong, and what to do', content: { 'application/problem+json': {} } },
        },
      },
    };
  }
  return { openapi: '3.1.0', info: { title: 'openstack-operator', version: 'v1' }, paths };
}

function isMediaTypes(answers: Route['answers']): answers is readonly string[] {
  return Array.isArray(answers);
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
