import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/model/**/*.test.ts',
      'test/shared/**/*.test.ts',
      'test/contract/**/*.test.ts',
      'test/simulation/**/*.test.ts',
    ],
    environment: 'node',
    // What is waited for is a condition; these end only what never comes about, on a busy machine, too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
