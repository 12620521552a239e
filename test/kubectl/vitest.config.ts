import { defineConfig } from 'vitest/config';

/** The real kubectl on the simulated cluster; `npm run test:kubectl`. */
export default defineConfig({
  test: {
    include: ['test/kubectl/**/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxConcurrency: 4,
    fileParallelism: false,
    pool: 'forks',
  },
});
