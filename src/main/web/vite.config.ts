import license from 'rollup-plugin-license';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/**
 * The theme has to be on the root before the first paint, and the policy allows no inline script: so it is a tiny classic
 * script of its own, put first into the head under its hashed name.
 */
function themeBeforeFirstPaint(): Plugin {
  return {
    name: 'theme-before-first-paint',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        if (!bundle) return [{ tag: 'script', attrs: { type: 'module', src: '/src/theme-boot.ts' }, injectTo: 'head-prepend' }];
        const chunk = Object.values(bundle).find((file) => file.type === 'chunk' && file.name === 'theme-boot');
        if (!chunk) throw new Error('theme-boot was not built');
        return [{ tag: 'script', attrs: { src: `/${chunk.fileName}`, nonce: '__CSP_NONCE__' }, injectTo: 'head-prepend' }];
      },
    },
  };
}

/** Whose work is in the bundle, with the notices that their licences ask for; what has another licence than these fails the build. */
const thirdParties = license({
  thirdParty: {
    allow: {
      test: '(MIT OR ISC OR BSD-2-Clause OR BSD-3-Clause OR Apache-2.0)',
      failOnUnlicensed: true,
      failOnViolation: true,
    },
    output: { file: '../../../target/classes/META-INF/third-party-browser.txt' },
  },
});

export default defineConfig({
  plugins: [themeBeforeFirstPaint(), thirdParties],
  html: { cspNonce: '__CSP_NONCE__' },
  worker: { format: 'es' },
  build: {
    outDir: '../../../target/classes/web',
    emptyOutDir: true,
    target: 'es2022',
    // Inlined assets would be data: addresses, which the content security policy forbids for scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: 'index.html', 'theme-boot': 'src/theme-boot.ts' } },
  },
  test: {
    environment: 'jsdom',
    include: ['test/**/*.test.ts'],
    restoreMocks: true,
  },
});
