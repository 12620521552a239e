import { json, type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Reader } from '../access.ts';
import { Child, childOf } from '../children.ts';
import { childrenOf, instanceIn, machineIn, signalOf, summaries, type WebContext } from '../context.ts';
import { Dependencies, dependenciesOf } from '../dependencies.ts';
import { mermaidOf } from '../diagram/mermaid.ts';
import { renderSvg, type Overlay } from '../diagram/svg.ts';
import { Told, toldIn } from '../events.ts';
import { Filter, page, Summary } from '../instances.ts';
import { countsOf, countsOverlay, coverageOverlay, historyOf, liveOverlay } from '../overlay.ts';
import { BadQuestion, predict, Prediction, Question } from '../whatif.ts';
import { sendText } from '../send.ts';
import { Why, waysOf, whyOf } from '../why.ts';
import { openApi } from './openapi.ts';
import { Problem, sendProblem } from './problem.ts';

/** One thing that can be asked: the OpenAPI document and the checks of what comes in are made of it. */
export interface Route {
  readonly method: 'get' | 'post';
  /** With `{name}` for its parts. */
  readonly path: string;
  readonly about: string;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** JSON of this shape, or the media types of something else. */
  readonly answers: z.ZodType | readonly string[];
  readonly run: (asked: Asked) => unknown;
  /** The caches alone are read for it, so that it is the same until something changes. */
  readonly isOfCaches?: boolean;
}

export interface Asked {
  readonly context: WebContext;
  readonly reader: Reader;
  readonly params: Readonly<Record<string, string>>;
  readonly query: never;
  readonly body: never;
  readonly request: Request;
  readonly response: Response;
}

const Machine = z.object({
  kind: z.string(),
  version: z.int(),
  hash: z.string().describe('Of its states and arrows'),
  states: z.array(z.string()),
  coverage: z
    .object({ arrows: z.int(), byFacts: z.int(), restored: z.int() })
    .optional()
    .describe('Arrows that the model tests have followed'),
  counts: z.record(z.string(), z.int()).describe('State → resources in it'),
});
const History = z.object({
  items: z.array(z.object({ at: z.string(), from: z.string(), to: z.string(), why: z.string() })),
});
const Instance = Summary.extend({
  conditions: z.array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string(),
      message: z.string(),
      lastTransitionTime: z.string(),
    }),
  ),
  snapshot: z.object({ value: z.unknown(), status: z.string(), context: z.object({}) }).describe("XState's shape"),
});
const List = z.object({
  items: z.array(Summary),
  metadata: z.object({
    resourceVersion: z.string(),
    total: z.int(),
    remainingItemCount: z.int(),
    continue: z.string().optional(),
  }),
});
const ListQuery = Filter.extend({
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
  continue: z.string().optional(),
});
const overlay = z.strictObject({ overlay: z.enum(['none', 'counts', 'coverage']).default('none') });
const picture = ['image/svg+xml', 'text/plain', 'application/json'];

export const routes: readonly Route[] = [
  {
    method: 'get',
    path: '/machines',
    about: 'All machines, and how many resources are in each state.',
    isOfCaches: true,
    answers: z.object({ items: z.array(Machine) }),
    run: ({ context, reader }) => ({
      items: context.view.kinds.map(({ declaration: { kind } }) => machineAnswer(context, reader, kind)),
    }),
  },
  {
    method: 'get',
    path: '/machines/{kind}',
    about: 'One machine.',
    isOfCaches: true,
    answers: Machine,
    run: ({ context, reader, params }) => machineAnswer(context, reader, params['kind'] ?? ''),
  },
  {
    method: 'get',
    path: '/machines/{kind}/definitions/{hash}',
    about: 'States, arrows and their places. Never changes for a hash.',
    answers: z.unknown(),
    run: ({ context, params, response }) => {
      const { geometry } = machineIn(context, params['kind'] ?? '');
      if (geometry.hash !== params['hash'])
        throw new Problem(404, 'No such definition', `today's definition of ${geometry.id} is ${geometry.hash}`);
      response.set('Cache-Control', 'public, max-age=31536000, immutable').set('ETag', `"${geometry.hash}"`);
      return geometry;
    },
  },
  {
    method: 'get',
    path: '/machines/{kind}/diagram.{format}',
    about: 'Its picture: svg, mmd (Mermaid) or json (geometry).',
    query: overlay,
    answers: picture,
    run: ({ context, reader, params, query, response }) => {
      const { kind, geometry } = machineIn(context, params['kind'] ?? '');
      const { overlay: wanted } = query as z.infer<typeof overlay>;
      const walked = context.coverage.get(geometry.id);
      const covered = walked === undefined ? {} : coverageOverlay(geometry, walked);
      const counts = () =>
        countsOverlay(
          countsOf(context.view, kind, geometry, (cr) => reader.sees(cr.kind, cr.metadata.namespace ?? '')),
        );
      sendPicture(
        response,
        params['format'],
        geometry,
        wanted === 'counts' ? counts() : wanted === 'coverage' ? covered : {},
        [],
      );
    },
  },
  {
    method: 'get',
    path: '/instances',
    about: 'Resources in order of kind, namespace and name.',
    isOfCaches: true,
    query: ListQuery,
    answers: List,
    run: ({ context, reader, query }) => {
      const { limit, continue: token, ...filter } = query as z.infer<typeof ListQuery>;
      const found = summaries(context, reader, filter);
      const after = token === undefined ? undefined : Buffer.from(token, 'base64url').toString();
      const { items, next, remaining } = page(found, limit, after);
      return {
        items,
        metadata: {
          resourceVersion: context.stream.version,
          total: found.length,
          remainingItemCount: remaining,
          ...(next === undefined ? {} : { continue: Buffer.from(next).toString('base64url') }),
        },
      };
    },
  },
  instance('', 'One resource.', Instance, ({ cr, summary }) => {
    const { conditions } = (cr['status'] ?? {}) as { conditions?: unknown };
    const value = summary.state
      .split('.')
      .reduceRight<unknown>((inner, name) => (inner === undefined ? name : { [name]: inner }), undefined);
    return {
      ...summary,
      conditions: Array.isArray(conditions) ? conditions : [],
      snapshot: { value, status: 'active', context: {} },
    };
  }),
  instance(
    '/why',
    'Why it is where it is: each arrow out of its state, each term, what it read.',
    Why,
    async ({ kind, cr }, asked) =>
      whyOf(
        asked.context.view,
        asked.reader,
        kind,
        cr,
        await asked.context.view.look(kind, cr, signalOf(asked.request)),
      ),
  ),
  instance('/history', 'The last arrows that it followed, with their causes, the newest last.', History, ({ cr }) => ({
    items: historyOf(cr),
  })),
  instance(
    '/children',
    'What belongs to it.',
    z.object({ items: z.array(Child) }),
    ({ kind, cr }, { context, reader }) => ({
      items: childrenOf(context, reader, kind, cr).map((child) => childOf(child, context.view.kinds)),
    }),
  ),
  instance(
    '/events',
    'What Kubernetes and the operator told of it and of what belongs to it, the newest first.',
    z.object({ items: z.array(Told) }),
    async ({ kind, cr }, { context, request }) => ({
      items: toldIn(await context.view.events(kind, cr, signalOf(request))),
    }),
  ),
  instance(
    '/graph.{format}',
    'Its picture on its machine: svg, mmd or json.',
    picture,
    async ({ kind, cr, summary, geometry }, asked) => {
      const look = await asked.context.view.look(kind, cr, signalOf(asked.request));
      const overlay = liveOverlay(geometry, summary, waysOf(kind, look), historyOf(cr));
      sendPicture(asked.response, asked.params['format'], geometry, overlay, [summary.state]);
    },
  ),
  {
    ...instance(
      '/whatif',
      'What would happen with another spec or other facts. Nothing is written.',
      Prediction,
      ({ kind, cr }, { context, body, request }) => predict(context.view, kind, cr, body, signalOf(request)),
    ),
    method: 'post',
    body: Question,
  },
  {
    method: 'get',
    path: '/dependencies',
    about: 'Who uses whom, and who waits.',
    query: z.strictObject({ namespace: z.string().optional() }),
    answers: Dependencies,
    run: ({ context, reader, query }) => dependenciesOf(context, reader, (query as { namespace?: string }).namespace),
  },
  {
    method: 'get',
    path: '/stream',
    about: 'Server-sent events: `instance` for each change, `reset` where the client has to read everything anew.',
    query: Filter.extend({ name: z.string().optional() }),
    answers: ['text/event-stream'],
    run: ({ context, reader, query, request, response }) => {
      const isOpen = context.stream.open(response, reader, query, request.get('Last-Event-ID'));
      if (!isOpen) throw new Problem(503, 'Too many streams', 'close a page that follows the cloud, and try again');
    },
  },
];

function machineAnswer(context: WebContext, reader: Reader, name: string): z.infer<typeof Machine> {
  const { kind, geometry } = machineIn(context, name);
  const counts = countsOf(context.view, kind, geometry, (cr) => reader.sees(cr.kind, cr.metadata.namespace ?? ''));
  const walked = context.coverage.get(geometry.id);
  const coverage = walked && {
    arrows: walked.arrows,
    byFacts: walked.byFacts.length,
    restored: walked.restored.length,
  };
  const { id, version, hash } = geometry;
  return {
    kind: id,
    version,
    hash,
    states: Object.keys(counts),
    counts,
    ...(coverage === undefined ? {} : { coverage }),
  };
}

function instance(
  path: string,
  about: string,
  answers: Route['answers'],
  run: (found: ReturnType<typeof instanceIn>, asked: Asked) => unknown,
): Route {
  return {
    method: 'get',
    path: `/instances/{kind}/{namespace}/{name}${path}`,
    about,
    answers,
    run: (asked) => {
      const { kind = '', namespace = '', name = '' } = asked.params;
      return run(instanceIn(asked.context, asked.reader, { kind, namespace, name }), asked);
    },
  };
}

function sendPicture(
  response: Response,
  format: string | undefined,
  geometry: Parameters<typeof renderSvg>[0],
  overlay: Overlay,
  marked: readonly string[],
): void {
  switch (format) {
    case 'svg':
      // Alone it brings its colours along; as a document it may do nothing else.
      response
        .set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
        .type('image/svg+xml')
        .send(renderSvg(geometry, { ...overlay, isAlone: true }));
      return;
    case 'mmd':
      response.type('text/plain').send(mermaidOf(geometry, marked));
      return;
    case 'json':
      response.json({ ...geometry, overlay });
      return;
    case undefined:
    default:
      throw new Problem(404, 'No such format', 'a diagram comes as svg, mmd or json');
  }
}

const prefix = '/api/v1';

/** Mounts the API. Whatever comes in is checked; whatever goes wrong is a problem that says so. */
export function mountApi(app: Express, context: WebContext): void {
  const document = openApi(prefix, routes);
  app.get(`${prefix}/openapi.json`, (_request, response) => void response.json(document));
  for (const route of routes) {
    const path = `${prefix}${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
    const handlers = route.body === undefined ? [] : [json({ limit: '64kb' })];
    app[route.method](path, ...handlers, (request: Request, response: Response) =>
      answer(route, context, request, response),
    );
  }
  app.use(prefix, (request: Request) => {
    throw new Problem(
      404,
      'Not found',
      `there is nothing at ${request.originalUrl.split('?')[0]}; ${prefix}/openapi.json lists what there is`,
    );
  });
  app.use(prefix, (error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error);
    else sendProblem(response, problemOf(error));
  });
}

async function answer(route: Route, context: WebContext, request: Request, response: Response): Promise<void> {
  const reader = await context.access(request);
  const query = checked(route.query ?? z.strictObject({}), request.query, 'the query');
  const body = route.body === undefined ? undefined : checked(route.body, request.body ?? {}, 'the body');
  const params = request.params as Record<string, string>;
  // What is read of the caches alone changes with the stream; anything else may at any time.
  if (route.isOfCaches === true) {
    response.set('Cache-Control', 'private, no-cache').set('ETag', `W/"${context.stream.version}"`);
    // Another reader sees other things.
    response.vary('Cookie').vary('Authorization');
    if (request.fresh) return void response.status(304).end();
  }
  const result = await route.run({
    context,
    reader,
    params,
    query: query as never,
    body: body as never,
    request,
    response,
  });
  if (response.headersSent) return;
  if (!response.hasHeader('Cache-Control')) response.set('Cache-Control', 'no-store');
  await sendText(request, response, 'json', JSON.stringify(result));
}

function checked(schema: z.ZodObject, value: unknown, where: string): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) =>
    [path.join('.'), message].filter((part) => part !== '').join(': '),
  );
  throw new Problem(400, 'Bad request', `${where} is not right: ${issues.join('; ')}`);
}

/** Our own words for what we know; nothing of the inside for what we do not. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof BadQuestion) return new Problem(422, 'That cannot be answered', error.message);
  const { status, message } = error as { status?: unknown; message?: unknown };
  if (typeof status === 'number' && status < 500) return new Problem(status, 'Bad request', String(message));
  return new Problem(500, 'It failed', 'the answer could not be made; the log of the operator says why');
}
