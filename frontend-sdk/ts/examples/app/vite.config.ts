import { defineConfig } from 'vite'

// The module is an asset of its own: a content security policy needs no `data:`.
export default defineConfig({ base: './', build: { assetsInlineLimit: 0, target: 'es2022' } })
