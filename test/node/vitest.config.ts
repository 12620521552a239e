import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/node/**/*.test.ts'],
    globalSetup: ['test/node/setup.ts'],
    environment: 'node',
    reporters: ['verbose'],
    disableConsoleIntercept: true,
    fileParallelism: false,
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 120_000,
  },
});
