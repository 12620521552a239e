import { defineConfig } from 'vitest/config';

/** What happens to a whole cloud after its bring-up, all of it; `npm run test:life`. */
export default defineConfig({
  test: {
    include: ['test/life/**/*.test.ts'],
    globalSetup: ['test/node/setup.ts'],
    environment: 'node',
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    bail: process.env['KEEP_NODE'] === undefined ? 1 : 0,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
  },
});
