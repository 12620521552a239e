import { Agent as HttpAgent, request as overHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';

/** An API server to speak to, as plainly as can be: nothing is tried again, nothing is understood. */
export interface Target {
  readonly name: string;
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Resolves with the head of the answer. */
  open(request: HttpRequest): Promise<HttpStream>;
  /** How long a condition may take to come true. */
  readonly patienceMs: number;
  close(): Promise<void>;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface HttpHead {
  readonly status: number;
  readonly contentType: string;
  readonly warnings: readonly string[];
}

export interface HttpAnswer extends HttpHead {
  readonly text: string;
}

export interface HttpStream extends HttpHead {
  /** Whole lines that have arrived so far. */
  readonly lines: readonly string[];
  readonly ended: boolean;
  close(): void;
}

export interface Access {
  readonly url: string;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

const DEADLINE_MS = 40_000;

export function connectTo({ url, tls }: Access): Pick<Target, 'send' | 'open'> & { end(): void } {
  const agent = tls === undefined ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true, ...tls });
  return {
    send: async (request) => {
      const answer = await begin(request);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return { ...headOf(answer), text: Buffer.concat(chunks).toString() };
    },
    open: async (request) => {
      const answer = await begin(request);
      const lines: string[] = [];
      const stream = { ...headOf(answer), lines, ended: false, close: () => void answer.destroy() };
      let rest = '';
      answer.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts.filter((line) => line !== ''));
      });
      answer.on('error', () => {});
      answer.on('close', () => {
        if (rest !== '') lines.push(rest);
        stream.ended = true;
      });
      return stream;
    },
    end: () => agent.destroy(),
  };

  function begin({ method, path, headers, body }: HttpRequest): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const start = tls === undefined ? overHttp : overHttps;
      const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
      const outgoing = start(
        new URL(url + encodeURI(path)),
        { method, agent, headers: { ...headers, ...length } },
        resolve,
      );
      outgoing.setTimeout(DEADLINE_MS, () => outgoing.destroy(new Error(`no answer within ${DEADLINE_MS / 1000} s`)));
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }
}

function headOf({ statusCode, headers, headersDistinct }: IncomingMessage): HttpHead {
  return {
    status: statusCode ?? 0,
    contentType: headers['content-type'] ?? '',
    warnings: headersDistinct['warning'] ?? [],
  };
}
