import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

// The Go server sends the .gz beside a file to whoever accepts it, so nothing
// is compressed while people wait.
function precompress(dir: string): Plugin {
  const walk = (at: string) => {
    for (const name of readdirSync(at)) {
      const path = join(at, name)
      if (statSync(path).isDirectory()) walk(path)
      else if (/\.(js|css|html|svg|json|txt)$/.test(name)) {
        const body = readFileSync(path)
        if (body.length > 1024) writeFileSync(path + '.gz', gzipSync(body, { level: 9 }))
      }
    }
  }
  return { name: 'precompress', apply: 'build', closeBundle: () => walk(dir) }
}

const server = process.env.OPENGAM_URL ?? 'http://127.0.0.1:8001'

export default defineConfig({
  plugins: [react(), precompress('dist')],
  build: { outDir: 'dist', target: 'es2022', assetsInlineLimit: 0, chunkSizeWarningLimit: 800 },
  server: {
    port: 3001,
    proxy: Object.fromEntries(['/api', '/docs', '/openapi.json', '/healthz', '/readyz'].map((p) => [p, server])),
  },
})
