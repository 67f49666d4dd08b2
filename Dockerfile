# One image for all processes: `ingest`, `worker`, `board`, and the one-off commands `migrate` and `ops`.
# Built with: docker build -t inventory-sync .

FROM node:22-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/domain/package.json packages/domain/
COPY packages/runtime/package.json packages/runtime/
COPY packages/queue/package.json packages/queue/
COPY packages/db/package.json packages/db/
COPY packages/sftp/package.json packages/sftp/
COPY packages/operator/package.json packages/operator/
COPY packages/http/package.json packages/http/
COPY packages/event-inbox/package.json packages/event-inbox/
COPY apps/ingest/package.json apps/ingest/
COPY apps/worker/package.json apps/worker/
COPY apps/board/package.json apps/board/
COPY apps/ops/package.json apps/ops/
COPY apps/local/package.json apps/local/

# No install script is needed, and Prisma's would download engines that nothing here uses.
FROM manifests AS build
RUN npm ci --ignore-scripts
COPY . .
# The generator needs no engine. Never /bin/true: with it, migrations would seem to be applied.
RUN PRISMA_SCHEMA_ENGINE_BINARY=/bin/false node bin/generate.js && npm run build
RUN deploy/collect-build.sh /out

# Prisma's command line and the compiler are optional peers of its client, and no process needs them.
FROM manifests AS production
RUN npm ci --ignore-scripts --omit=dev --omit=optional --omit=peer --include-workspace-root=false \
    --workspace=apps/ingest --workspace=apps/worker --workspace=apps/board --workspace=apps/ops \
 && rm -rf apps/local node_modules/@inventory-sync/local

FROM node:22-slim
ENV NODE_ENV=production DATA_DIR=/config LOG_FORMAT=json INGEST_PORT=3000 INGEST_HOST=0.0.0.0 BOARD_PORT=3001 BOARD_HOST=0.0.0.0 WORKER_PORT=3002
# Who may send and who may sign in: a volume that is made from here belongs to the user who writes it.
RUN install -d -o node -g node -m 700 /config
WORKDIR /app
COPY --from=production /app ./
COPY --from=build /out ./
USER node
EXPOSE 3000 3001 3002
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["deploy/run.sh", "health"]
ENTRYPOINT ["deploy/run.sh"]
CMD ["--help"]
