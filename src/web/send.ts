import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const compressed = promisify(gzip);
/** Less is not worth it. */
const leastBytes = 4_096;

/** Sends a text, compressed where that is understood and worth it. The stream is never compressed: that would hold it back. */
export async function sendText(request: Request, response: Response, type: string, text: string): Promise<void> {
  response.type(type).vary('Accept-Encoding');
  if (text.length < leastBytes || request.acceptsEncodings('gzip') !== 'gzip') {
    response.send(text);
    return;
  }
  const body = await compressed(text, { level: 1 });
  response.set('Content-Encoding', 'gzip').send(body);
}
